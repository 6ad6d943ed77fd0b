"""The networks that segment pictures: sizes, names of weights, backbones from files."""

from __future__ import annotations

import hashlib
import io
import pickle
import urllib.request
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from welllog.cores.networks import NETWORKS, build_network
from welllog.cores.networks.blocks import BasicBlock, Bottleneck, initialise, pad_to_multiple
from welllog.cores.networks.hrnet import Exchange
from welllog.cores.networks.resnet import (
    ResNet50,
    ResNetUNet,
    adapt_stem,
    fetch_backbone,
    load_backbone,
    read_backbone,
)
from welllog.network_files import WeightsError

NARROW = {"unet-small": 4, "unet": 4, "unet-resnet50": 8, "hrnet-w18": 4, "hrnet-w32": 4}


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_answers_at_the_size_of_the_picture_whatever_that_is(name: str) -> None:
    network = build_network(name, 2, 3, width=NARROW[name]).eval()
    for size in ((32, 64), (33, 47), (5, 70)):
        assert network(torch.randn(1, 2, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize(
    ("name", "all_of_it", "encoder"),
    [
        ("unet", 31_037_893, 18_847_168),
        ("unet-small", 1_942_645, 1_179_760),
        # torchvision's resnet50 has 25,557,032, of which the classifier is 2,049,000.
        ("unet-resnet50", 32_000_421, 25_557_032 - 2_049_000),
        ("hrnet-w18", 9_637_055, 9_562_260),
        ("hrnet-w32", 29_539_301, 29_305_536),
    ],
)
def test_networks_have_the_size_of_their_papers(name: str, all_of_it: int, encoder: int) -> None:
    with torch.device("meta"):
        network = build_network(name, 3, 5)
    assert count(network) == all_of_it
    assert sum(map(count, network.encoder_parts())) == encoder


def test_the_decoder_over_a_resnet_has_the_8_5_million_of_the_founding_study() -> None:
    with torch.device("meta"):
        network = build_network("unet-resnet50", 3, 5)
    decoder = count(network) - sum(map(count, network.encoder_parts()))
    assert abs(decoder - 8.5e6) < 0.05e6


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_takes_part(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(name, 3, 4, width=NARROW[name])
    # Branches that begin at zero let no gradient through: give all of them a share.
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    network(torch.randn(2, 3, 64, 64)).square().mean().backward()
    idle = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


def test_the_head_alone_depends_on_the_classes() -> None:
    for name in NETWORKS:
        two, five = (
            build_network(name, 3, classes, width=NARROW[name]).state_dict() for classes in (2, 5)
        )
        differ = {key for key in two if two[key].shape != five[key].shape}
        assert differ == {"head.weight", "head.bias"}


def test_plain_up_sampling_has_no_transposed_convolution() -> None:
    for upsampling, there in (("plain", False), ("transposed", True)):
        network = build_network("unet", 1, 2, width=4, upsampling=upsampling)
        kinds = [isinstance(m, torch.nn.ConvTranspose2d) for m in network.modules()]
        assert any(kinds) is there
        assert network(torch.randn(1, 1, 32, 32)).shape == (1, 2, 32, 32)


def test_a_unet_begins_without_a_checkerboard() -> None:
    torch.manual_seed(0)
    up = build_network("unet", 1, 2, width=4).get_submodule("up.0.up")
    level = up(torch.randn(1, 64, 1, 1).expand(1, 64, 3, 3))
    torch.testing.assert_close(level, level[..., :1, :1].expand_as(level))


def test_a_unet_carries_detail_past_its_bottom() -> None:
    torch.manual_seed(0)
    network = build_network("unet", 1, 2, width=4).eval()
    for level in network.up:  # type: ignore[union-attr]
        torch.nn.init.zeros_(level.up.weight)  # nothing comes from below
    x = torch.zeros(1, 1, 32, 32)
    x[0, 0, 16, 16] = 9.0
    assert (network(x) - network(torch.zeros_like(x))).abs().amax() > 1e-4


def test_names_that_are_no_network_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown network vgg; use one of unet-small"):
        build_network("vgg")
    with pytest.raises(ValueError, match="classes 0 of unet: use 1 or more"):
        build_network("unet", 3, 0)
    with pytest.raises(ValueError, match="unknown upsampling"):
        build_network("unet", upsampling="cubic")


def test_a_picture_is_continued_by_its_mirror_image() -> None:
    x = torch.arange(6.0).reshape(1, 1, 1, 6).expand(1, 1, 3, 6)
    padded = pad_to_multiple(x, 4)
    assert padded.shape == (1, 1, 4, 8)
    assert padded[0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 4, 3]
    assert pad_to_multiple(torch.ones(1, 1, 1, 2), 32).shape == (1, 1, 32, 32)


@pytest.mark.parametrize("block", [BasicBlock(4, 4), Bottleneck(16, 4)])
def test_a_block_begins_as_its_shortcut(block: torch.nn.Module) -> None:
    initialise(block)
    x = torch.rand(2, 4 if isinstance(block, BasicBlock) else 16, 6, 6)
    torch.testing.assert_close(block(x), x)


def test_every_resolution_hears_of_every_other() -> None:
    torch.manual_seed(0)
    exchange = Exchange([2, 4, 8]).eval()
    levels = [torch.rand(1, 2 * 2**n, 16 // 2**n, 16 // 2**n) for n in range(3)]
    before = exchange(levels)
    for source in range(3):
        changed = [level.clone() for level in levels]
        changed[source] += 1.0
        for was, now in zip(before, exchange(changed), strict=True):
            assert was.shape == now.shape and not torch.allclose(was, now)


def test_hrnet_layers_are_named_as_its_authors_named_them() -> None:
    names = set(build_network("hrnet-w18", 3, 2, width=4).state_dict())
    assert {
        "conv1.weight",
        "layer1.0.downsample.0.weight",
        "transition1.0.0.weight",
        "transition1.1.0.0.weight",
        "stage2.0.branches.1.3.bn2.running_var",
        "stage3.3.fuse_layers.0.2.1.weight",
        "stage4.2.fuse_layers.3.0.2.0.weight",
        "transition3.3.0.0.weight",
    } <= names


# Backbones from files.


def backbone(channels: int = 3) -> dict[str, torch.Tensor]:
    """Return weights as torchvision would save them, an eighth as wide."""
    torch.manual_seed(1)
    weights = ResNet50(channels, 8).state_dict()
    return {
        **{name: torch.rand_like(t) if t.is_floating_point() else t for name, t in weights.items()},
        "fc.weight": torch.zeros(10, 256),
        "fc.bias": torch.zeros(10),
    }


def test_backbone_layers_are_named_as_in_torchvision() -> None:
    weights = ResNet50().state_dict()
    assert weights["conv1.weight"].shape == (64, 3, 7, 7)
    assert weights["layer1.0.downsample.0.weight"].shape == (256, 64, 1, 1)
    assert weights["layer3.5.bn3.running_mean"].shape == (1024,)
    assert weights["layer4.0.conv2.weight"].shape == (512, 512, 3, 3)
    assert len(weights) == 318  # torchvision's 320 without fc.weight and fc.bias


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_a_backbone_load_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"resnet50{suffix}"
    weights = backbone()
    save_file(weights, path) if suffix == ".safetensors" else torch.save(weights, path)
    network = build_network("unet-resnet50", 3, 2, width=8)
    assert isinstance(network, ResNetUNet)
    load_backbone(network, read_backbone(path), str(path))
    for name, tensor in network.encoder.state_dict().items():
        torch.testing.assert_close(tensor, weights[name], rtol=0, atol=0)


def test_weights_of_another_size_are_refused_by_name(tmp_path: Path) -> None:
    network = build_network("unet-resnet50", 3, 2, width=16)
    assert isinstance(network, ResNetUNet)
    with pytest.raises(WeightsError, match=r"w.pth: bn1.bias is 8 float32, .* expects 16 float32"):
        load_backbone(network, backbone(), "w.pth")
    lacking = backbone()
    del lacking["layer2.1.conv3.weight"]
    narrow = build_network("unet-resnet50", 3, 2, width=8)
    assert isinstance(narrow, ResNetUNet)
    with pytest.raises(WeightsError, match="lacks layer2.1.conv3.weight"):
        load_backbone(narrow, lacking, "w.pth")


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("harmed"),))  # type: ignore[return-value]


def test_a_pickle_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.pth", "a.safetensors"):
        Path(name).write_bytes(pickle.dumps(Harmful()))
        with pytest.raises(WeightsError):
            read_backbone(name)
        torch.save({"conv1.weight": Harmful()}, name)
        with pytest.raises(WeightsError):
            read_backbone(name)
    assert not Path("harmed").exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_that_are_cut_off_or_not_finite_are_refused(tmp_path: Path, suffix: str) -> None:
    path, weights = tmp_path / f"w{suffix}", backbone()
    weights["bn1.bias"][0] = torch.nan
    save_file(weights, path) if suffix == ".safetensors" else torch.save(weights, path)
    with pytest.raises(WeightsError, match="bn1.bias holds values that are not finite"):
        read_backbone(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError):
        read_backbone(path)
    with pytest.raises(WeightsError, match="cannot be read"):
        read_backbone(tmp_path / f"none{suffix}")


def test_two_pictures_of_one_view_give_the_stem_what_one_gave() -> None:
    weight, picture = torch.randn(4, 3, 7, 7), torch.randn(1, 3, 9, 9)
    conv = torch.nn.functional.conv2d
    twice = conv(torch.cat([picture, picture], 1), adapt_stem(weight, 6))
    torch.testing.assert_close(twice, conv(picture, weight), rtol=1e-4, atol=1e-4)
    grey = picture[:, :1]
    torch.testing.assert_close(
        conv(grey, adapt_stem(weight, 1)),
        conv(grey.expand(-1, 3, -1, -1), weight),
        rtol=1e-4,
        atol=1e-4,
    )
    assert adapt_stem(weight, 4).shape == (4, 4, 7, 7)


def test_a_backbone_is_fetched_once_and_only_with_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, asked = b"weights", []

    def reply(address: str, timeout: float) -> io.BytesIO:
        asked.append(address)
        return io.BytesIO(content)

    monkeypatch.setattr(urllib.request, "urlopen", reply)
    sha256, revision = hashlib.sha256(content).hexdigest(), "a" * 40
    for _ in range(2):
        path = fetch_backbone("owner/net", revision, "model.safetensors", sha256, tmp_path)
        assert path.read_bytes() == content
    assert asked == [f"https://huggingface.co/owner/net/resolve/{revision}/model.safetensors"]
    with pytest.raises(WeightsError, match="is not the file of sha256"):
        fetch_backbone("owner/net", revision, "model.safetensors", "0" * 64, tmp_path)
    with pytest.raises(WeightsError, match="pin the revision"):
        fetch_backbone("owner/net", "main", "model.safetensors", sha256, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
