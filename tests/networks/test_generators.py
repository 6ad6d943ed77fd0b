"""The generators: shapes, parameters, noise, ends of a window, and whether they can learn."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from welllog.networks import GENERATORS, NetworkSettings, build_generator

SMALL = NetworkSettings(width=8, curves=3, inputs=7, segment=24)
CONVOLUTIONAL = [name for name in GENERATORS if "resnet" in name or name == "unet"]
FULL_SIZE = {
    "resnet50-resnet18": (15_964_096, 5_093_963),
    "resnet18-resnet18": (3_853_760, 4_307_531),
    "resnet50-deconv3": (15_964_096, 2_626_571),
    "unet": (6_291_520, 5_924_235),
    "lstm": (575_488, 1_583_115),
    "peephole-lstm": (574_976, 1_582_603),
    "gru": (431_616, 1_188_875),
}


def built(name: str, seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return build_generator(replace(SMALL, name=name))


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("blocks", [1, 3, 7])
def test_every_sample_of_a_window_gets_an_answer_in_every_curve(name: str, blocks: int) -> None:
    generator = built(name)
    n = blocks * generator.multiple
    answer = generator(torch.randn(2, 7, n), torch.randn(2, 1, n))
    assert answer.shape == (2, 3, n)
    assert torch.isfinite(answer).all()


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_an_activation_stands_everywhere_or_nowhere(name: str) -> None:
    kinds = {"relu": torch.nn.ReLU, "leaky-relu": torch.nn.LeakyReLU}
    kinds |= {"prelu": torch.nn.PReLU, "elu": torch.nn.ELU}
    counts = {}
    for activation, kind in kinds.items():
        generator = build_generator(replace(SMALL, name=name, activation=activation))
        found = [part for part in generator.modules() if isinstance(part, tuple(kinds.values()))]
        assert all(isinstance(part, kind) for part in found)
        counts[activation] = len(found)
        assert torch.isfinite(generator(torch.randn(2, 7, 2 * generator.multiple))).all()
    assert counts["relu"] > 5 and len(set(counts.values())) == 1


@pytest.mark.parametrize(
    ("name", "activation", "said"),
    [("unet", "tanh", "unknown activation tanh"), ("gru", "elu", "gru is recurrent")],
)
def test_an_activation_that_cannot_be_is_refused(name: str, activation: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SMALL, name=name, activation=activation)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_a_window_that_cannot_be_halved_often_enough_is_refused_with_the_length(name: str) -> None:
    with pytest.raises(ValueError, match="a window of 2008 samples .* pad it to a multiple of"):
        built(name)(torch.zeros(1, 7, 2008))


@pytest.mark.parametrize("name", GENERATORS)
def test_gradients_reach_every_parameter(name: str) -> None:
    generator = built(name)
    optimiser = torch.optim.SGD(generator.parameters(), 0.1)
    for _ in range(2):  # residual branches begin at zero: the second iteration reaches into them
        optimiser.zero_grad()
        generator(torch.randn(2, 7, 64), torch.randn(2, 1, 64)).square().mean().backward()
        optimiser.step()
    dead = [n for n, p in generator.named_parameters() if p.grad is None or not p.grad.any()]
    assert not dead


@pytest.mark.parametrize("name", GENERATORS)
def test_without_noise_the_gradients_of_its_weights_are_zero_not_missing(name: str) -> None:
    generator = built(name)
    generator(torch.randn(2, 7, 64)).square().mean().backward()
    weights = [p for n, p in generator.named_parameters() if "noise" in n]
    assert weights
    for weight in weights:
        assert weight.grad is not None and not weight.grad.any()


@pytest.mark.parametrize("name", GENERATORS)
def test_noise_changes_the_answer_at_every_sample_and_no_noise_means_zeros(name: str) -> None:
    generator = built(name).eval()
    x = torch.randn(2, 7, 96)
    with torch.no_grad():
        still = generator(x)
        moved = generator(x, torch.randn(2, 1, 96))
        assert torch.equal(still, generator(x, torch.zeros(2, 1, 96)))
    assert ((moved - still).abs() > 1e-4).any(1).float().mean() > 0.95


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str) -> None:
    one, same, other = (built(name, seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", GENERATORS)
def test_every_parameter_is_either_universal_or_specific(name: str) -> None:
    generator = built(name)
    universal = {id(p) for p in generator.universal_parameters()}
    specific = {id(p) for p in generator.specific_parameters()}
    assert universal and specific and not universal & specific
    assert universal | specific == {id(p) for p in generator.parameters()}


@pytest.mark.parametrize("name", GENERATORS)
def test_full_size_has_as_many_parameters_as_the_page_says(name: str) -> None:
    from welllog.networks import generators

    with torch.device("meta"):
        generator = build_generator(NetworkSettings(name))
    counts = tuple(
        sum(p.numel() for p in part)
        for part in (generator.universal_parameters(), generator.specific_parameters())
    )
    assert counts == FULL_SIZE[name]
    row = f"{name:<18} {counts[0]:>10,} {counts[1]:>10,} {sum(counts):>11,}"
    assert row in (generators.__doc__ or "")


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_ends_of_a_window_leave_no_trace_where_nothing_changes(name: str) -> None:
    encoder = built(name).encoder.eval()
    with torch.no_grad():
        found = encoder(torch.randn(1, 7, 1).expand(1, 7, 256))
    for level in found if isinstance(found, list) else [found]:
        torch.testing.assert_close(level, level[..., :1].expand_as(level), rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["resnet50-resnet18", "resnet50-deconv3"])
def test_stages_of_a_resnet50_have_3_4_6_and_3_bottlenecks(name: str) -> None:
    widths = [block.widen[0].out_channels for block in built(name).encoder.blocks]
    assert widths == [32] * 3 + [64] * 4 + [128] * 6 + [256] * 3


@pytest.mark.parametrize("name", GENERATORS)
def test_a_tiny_window_can_be_learnt_by_heart(name: str) -> None:
    generator = built(name)
    torch.manual_seed(1)
    n = 64 if name in CONVOLUTIONAL else 12
    x = torch.randn(1, 7, n)
    truth = torch.sin(torch.arange(3.0 * n).reshape(1, 3, n) / 5)
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(50):
        loss = (generator(x) - truth).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.05 * truth.var()


@pytest.mark.parametrize("name", GENERATORS)
def test_training_leaves_a_frozen_encoder_as_it_was(name: str) -> None:
    torch.manual_seed(0)
    generator = build_generator(replace(SMALL, name=name))
    for parameter in generator.universal_parameters():
        parameter.requires_grad_(False)
    before = {key: value.clone() for key, value in generator.encoder.state_dict().items()}
    generator.train()
    generator(torch.randn(2, 7, 64)).square().mean().backward()
    assert generator.decoder.training
    assert all(p.grad is not None for p in generator.specific_parameters())
    after = generator.encoder.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_in_use_a_window_is_answered_alone_as_it_is_in_a_batch(name: str) -> None:
    generator = built(name).eval()
    x = torch.randn(3, 7, 64)
    with torch.no_grad():
        torch.testing.assert_close(generator(x)[1:2], generator(x[1:2]))


@pytest.mark.parametrize("name", GENERATORS)
def test_dropout_changes_answers_in_training_only(name: str) -> None:
    torch.manual_seed(0)
    generator = build_generator(replace(SMALL, name=name, dropout=0.5))
    x = torch.randn(1, 7, 64)
    with torch.no_grad():
        assert not torch.equal(generator(x), generator(x))
        generator.eval()
        assert torch.equal(generator(x), generator(x))


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"name": "resnet"}, "unknown network resnet; use one of resnet50-resnet18, "),
        ({"width": 20}, "width 20 .* multiple of 8"),
        ({"width": 0}, "width 0"),
        ({"layers": 1}, "layers 1 .* 2 or more"),
        ({"noise_channels": 0}, "noise_channels 0"),
        ({"dropout": 1.0}, "dropout 1.0"),
    ],
)
def test_impossible_settings_are_refused_by_name(
    changed: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(SMALL, **changed)  # type: ignore[arg-type]
