"""Gradients of what a student computed, asked for in the test."""

import pytest
import torch

from dlcourse.engine.values import BadMessage

from .sides import answer, connected, outcome, over_a_socket

STUDENT = """
import torch

def weighted(x, w):
    return (x * w).sum()

def two(x):
    return x.sum(), (x**2).sum()

def cube(x):
    return x**3

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))

    def forward(self, x):
        return x @ self.weight

def detached(x):
    return (x**2).detach().sum()

grad_was_on = []

def looks(x):
    grad_was_on.append(torch.is_grad_enabled())
    return grad_was_on[-1]

class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return 3 * gradient

def twice(x):
    return Twice.apply(x)

def gradient_of(x):
    return x.grad

def times(f, x):
    return (f(2.0) * x).sum()

def raises(x):
    y = x * 1
    y.register_hook(lambda gradient: 1 / 0)
    return y.sum()
"""


@pytest.fixture
def names():
    side = connected(answer(STUDENT))
    side.tests_class = True
    return side.name


def leaf(*entries, dtype=torch.float64):
    return torch.tensor(entries, dtype=dtype, requires_grad=True)


def test_inputs_get_the_gradients_of_the_students_result(names):
    x, w = leaf(1, 2), leaf(3, 4)
    loss = names("weighted")(x, w)
    assert loss.item() == 11 and loss.requires_grad and not loss.is_leaf
    (10 * loss).backward()
    assert x.grad.tolist() == [30, 40] and w.grad.tolist() == [10, 20]


def test_gradients_add_up_over_calls(names):
    x, w = leaf(1, 2), leaf(3, 4)
    names("weighted")(x, w).backward()
    names("weighted")(x, w).backward()
    assert x.grad.tolist() == [6, 8]


def test_only_inputs_that_want_gradients_get_them(names):
    x, w = torch.ones(2), leaf(3, 4, dtype=torch.float32)
    names("weighted")(x, w).backward()
    assert x.grad is None and w.grad.tolist() == [1, 1]
    assert not names("weighted")(x, torch.ones(2)).requires_grad


def test_two_results_have_gradients_of_their_own(names):
    x = leaf(1, 2)
    first, second = names("two")(x)
    second.backward()
    assert x.grad.tolist() == [2, 4]
    first.backward()
    assert x.grad.tolist() == [3, 5]
    x.grad = None
    first, second = names("two")(x)
    (first + 10 * second).backward()
    assert x.grad.tolist() == [21, 41]


def test_a_chain_through_both_sides_is_one_chain(names):
    x = leaf(2.0)
    cube = names("cube")
    loss = cube(cube(2 * x)).sum()  # (2x)⁹
    loss.backward()
    assert x.grad.tolist() == [9 * 2.0**9 * 2.0**8]


def test_a_call_from_within_a_call_leaves_the_outer_ones_inputs_alone(names):
    x = leaf(1.0, 2.0)
    names("times")(lambda y: names("cube")(y), x).backward()
    assert x.grad.tolist() == [8, 8]


def test_autograd_grad_and_gradcheck_work(names):
    x = leaf(1.0, -2.0, 0.5)
    (gradient,) = torch.autograd.grad(names("cube")(x).sum(), x)
    assert gradient.tolist() == [3, 12, 0.75]
    assert torch.autograd.gradcheck(names("cube"), (x,))
    assert torch.autograd.gradcheck(names("weighted"), (x, leaf(1.0, 2.0, 3.0)))
    with pytest.raises(Exception, match="Jacobian mismatch"):
        torch.autograd.gradcheck(names("twice"), (x,))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_parameters_of_a_students_module_get_gradients(names):
    net = names("Net")()
    x = torch.tensor([[1.0, 0.0], [1.0, 3.0]])
    net(x).sum().backward()
    assert net.weight.grad.tolist() == [2, 3]
    assert net.layer.weight.grad is None
    net.zero_grad()
    assert net.weight.grad is None
    x.requires_grad_()
    net(x).sum().backward()
    assert net.weight.grad.tolist() == [2, 3]
    assert x.grad.tolist() == [[1, 2], [1, 2]]


def test_a_result_cut_off_from_its_inputs_has_no_gradient(names):
    result = names("detached")(leaf(1, 2))
    assert not result.requires_grad
    with pytest.raises(RuntimeError, match="does not require grad"):
        result.backward()


def test_no_grad_holds_for_the_student_too():
    x = leaf(1, 2)
    with over_a_socket(answer(STUDENT)) as side:
        assert side.name("looks")(x) is True
        with torch.no_grad():
            assert side.name("looks")(x) is False
            assert not side.name("two")(x)[0].requires_grad
        assert side.name("looks")(x) is True


def test_an_error_in_the_students_backward_comes_through(names):
    with pytest.raises(ZeroDivisionError):
        names("raises")(leaf(1, 2)).backward()


@pytest.mark.parametrize(
    "wrong", [[], [1.0], [None, None], [torch.ones(3)], [torch.ones(2)], None, "ab"]
)
def test_gradients_that_do_not_fit_are_a_bad_message(names, wrong):
    loss = names("weighted")(leaf(1, 2), torch.ones(2, dtype=torch.float64))
    loss.grad_fn.endpoint.ask = lambda *_, **__: wrong
    with pytest.raises(BadMessage):
        loss.backward()


def test_a_gradient_that_the_test_has_gathered_goes_along(names):
    x = leaf(1, 2)
    (x**2).sum().backward()
    assert names("gradient_of")(x).tolist() == [2, 4]
    assert names("gradient_of")(leaf(1)) is None


def test_a_test_cell_trains_a_students_network():
    found = outcome(
        """
        import torch

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(1, 1)

            def forward(self, x):
                return self.layer(x)
        """,
        """
        import torch

        torch.manual_seed(0)
        net = Net()
        x = torch.linspace(-1, 1, 20)[:, None]
        for _ in range(200):
            loss = ((net(x) - (3 * x + 1)) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                for name in ("weight", "bias"):
                    p = getattr(net.layer, name)
                    net.layer.load_state_dict(
                        {name: p - 0.3 * p.grad}, strict=False
                    )
            net.zero_grad()
        assert abs(net.layer.weight.item() - 3) < 1e-3
        assert abs(net.layer.bias.item() - 1) < 1e-3
        """,
    )
    assert found.status == "passed", found.detail
