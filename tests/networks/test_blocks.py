"""The 1-D blocks."""

from __future__ import annotations

import pytest
import torch

from welllog.networks.blocks import (
    BasicBlock,
    BottleneckBlock,
    NoiseInput,
    TransposedBlock,
    TransposedConvolution,
    initialise,
    stretch,
)


@pytest.mark.parametrize("factor", [2, 4])
def test_stretching_is_the_linear_interpolation_of_torch(factor: int) -> None:
    x = torch.randn(2, 3, 9)
    expected = torch.nn.functional.interpolate(x, scale_factor=factor, mode="linear")
    torch.testing.assert_close(stretch(x, factor), expected)


@pytest.mark.parametrize("block", [BasicBlock, BottleneckBlock])
def test_a_block_whose_shape_stays_has_no_weights_in_its_shortcut(
    block: type[BasicBlock] | type[BottleneckBlock],
) -> None:
    wide = 8 * block.expansion
    assert not list(block(wide, 8).shortcut.parameters())
    assert list(block(wide, 8, 2).shortcut.parameters())


@pytest.mark.parametrize("block", [BasicBlock, BottleneckBlock])
def test_a_block_begins_as_its_shortcut(
    block: type[BasicBlock] | type[BottleneckBlock],
) -> None:
    x = torch.rand(2, 8 * block.expansion, 12)
    torch.testing.assert_close(block(8 * block.expansion, 8)(x), x)


def test_a_transposed_block_undoes_the_shape_of_a_block_of_stride_2() -> None:
    x = torch.randn(2, 8, 32)
    halved = BasicBlock(8, 16, 2)(x)
    assert halved.shape == (2, 16, 16)
    assert TransposedBlock(16, 8)(halved).shape == x.shape


def test_a_transposed_convolution_is_that_of_torch_away_from_the_ends() -> None:
    ours, x = TransposedConvolution(3, 2), torch.randn(1, 3, 10)
    theirs = torch.nn.functional.conv_transpose1d(x, ours.weight, stride=2, padding=1)
    torch.testing.assert_close(ours(x)[..., 1:-1], theirs[..., 1:-1])
    assert not torch.allclose(ours(x)[..., 0], theirs[..., 0])


def test_a_transposed_convolution_of_a_constant_is_the_same_at_its_ends_as_inside() -> None:
    y = TransposedConvolution(3, 2)(torch.randn(1, 3, 1).expand(1, 3, 10))
    torch.testing.assert_close(y[..., 2:], y[..., :-2])


def test_noise_has_the_same_strength_at_every_resolution() -> None:
    noise, z = NoiseInput(4, 1), torch.randn(1, 1, 65_536)
    fine, coarse = (
        noise(torch.zeros(1, 4, n), z).std() / noise.weight.square().mean().sqrt()
        for n in (65_536, 2048)
    )
    assert abs(fine - 1) < 0.1 and abs(coarse - 1) < 0.1


def test_a_transposed_convolution_begins_without_a_jump_from_sample_to_sample() -> None:
    torch.manual_seed(0)
    layer = TransposedConvolution(6, 5)
    initialise(layer)
    level = layer(torch.randn(6, 1).expand(1, 6, 40))
    assert float((level - level[..., :1]).detach().abs().max()) < 1e-5
    spread = layer(torch.randn(200, 6, 40)).std()
    assert 0.8 < float(spread.detach()) < 2.0
