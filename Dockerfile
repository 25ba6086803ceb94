# Grading on macOS and Windows, or anywhere without Linux's namespaces: README.md, Teach.
#
#   docker build -t dlcourse .
#   docker run --rm -it --cap-add=SYS_ADMIN --security-opt seccomp=unconfined \
#     --security-opt apparmor=unconfined -v "$PWD":/class -w /class \
#     dlcourse grade concepts
#
# The options let the grader build its own walls inside the container: namespaces,
# mounts and a filter of system calls around each submission.
FROM python:3.11-slim-bookworm

RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libseccomp2 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/course
COPY pyproject.toml constraints.txt README.md LICENSE LICENSE-TEXT ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt -e '.[grading]'

WORKDIR /class
ENTRYPOINT ["dlcourse"]
CMD ["grade", "--help"]
