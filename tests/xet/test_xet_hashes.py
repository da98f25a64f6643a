"""Hashes, against the reference values that the protocol's specification and its reference client publish."""

import pytest

from gatehouse.storage.xet.errors import InvalidHash
from gatehouse.storage.xet.hashes import (
    MerkleTree,
    chunk_hash,
    from_hex,
    hidden_hash,
    is_eligible,
    term_hash,
    to_hex,
    xorb_hash,
)

pytestmark = pytest.mark.once

# Leaves 0 to 7 of the reference trees; leaf n stands for n * 100 bytes.
LEAVES = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6",
    "c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72",
    "0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37",
    "adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784",
    "4ac202caf347fc1e9c874b1ef6a1c5e619141eb775a6f43f0f0124ccd0060d9e",
    "b3b28636f65c149ea52eb1f94669466f70f033b54cea792824c696ba6ef3c389",
    "0e2c1a002aae913d2c0fc8ddfa4e9e14b7b311b3b0d458726d5d9f6a6318013c",
]
# Leaves of a tree, the hash of such a xorb, the hash of such a file.
TREES = [
    ([], LEAVES[0], LEAVES[0]),
    ([0], LEAVES[0], "638a6bc391964a85939d48f008e8bdbae6a7975e7ca2d87a3ce2492f4e4d8a4c"),
    ([1], LEAVES[1], "8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661"),
    (
        [1, 0],
        "e8660f81494ca836a58e395c1395ef97870ed71e2b113eec1fab6b3361f46dd6",
        "274d92f7e2acebaa2b8d63c0b5e7a4fc15814a606e3e3825d55609e671bcc5d9",
    ),
    (
        [1, 2, 3],
        "71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc",
        "54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715",
    ),
    (
        [1] * 4,
        "89f2ada89ff8c96763c6b25010e6dd76a4c05b1466207633ea559acf2093211b",
        "2cdba690d0e09563596e0cda626d43eb4c96ef1e994fe72d9b2f5a83cfcd36dd",
    ),
    (
        [0, 1, 0, 1, 0],
        "f36c6a6374a567efd36ed087aeb680b57e3af4e0b5b8e7be2593df4cb647a2de",
        "ab2f46d31855e1133b3b5b70e78f841394a648710a208923b221c1a8a0572a1f",
    ),
    (
        [1, 2, 1, 2, 3, 4],
        "52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9",
        "91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f",
    ),
    (
        [*range(8), 1, 1, 1, 1],
        "e7fc30b73ec9930593f80fe777b334e9d3bb73e45e6a79fa5784b2603446158b",
        "69e1af2fd6023ce133e0d1b90e32d1d42ef79f5a710f2b0accfc3a735e98de9d",
    ),
    (
        [1] * 32,
        "0a0123c1617921883b7e13902095fcb86676e77c49120c33b233003b0af0e0a6",
        "53af4711fd1d5e5bdc7f931b6be932314d8d673cb16ad2482f6f5222eaf9e63d",
    ),
    (
        [*range(8)] * 8,
        "6554007c9b5d0a5e7918f79596a1b68815c1407535585435f5735db761f21b88",
        "a8640ab81d48854e00078e12b1ea8be5d90be0ffb5f73a15b7009981d093ddd8",
    ),
]


@pytest.mark.parametrize(("leaves", "xorb", "file"), TREES)
def test_a_tree_has_the_published_hashes(leaves, xorb, file):
    packed, sizes = b"".join(from_hex(LEAVES[n]) for n in leaves), [n * 100 for n in leaves]
    tree = MerkleTree()
    tree.add(packed, sizes)
    assert to_hex(xorb_hash(packed, sizes)) == xorb
    assert to_hex(tree.file_hash()) == file


@pytest.mark.parametrize(("leaves", "xorb", "file"), TREES)
def test_a_tree_grown_leaf_by_leaf_is_the_same(leaves, xorb, file):
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(from_hex(LEAVES[leaf]), [leaf * 100])
    assert to_hex(tree.root()) == xorb


def test_a_node_has_the_published_hash():
    first = from_hex("c28f58387a60d4aa200c311cda7c7f77f686614864f5869eadebf765d0a14a69")
    second = from_hex("6e4e3263e073ce2c0e78cc770c361e2778db3b054b98ab65e277fc084fa70f22")
    assert (
        to_hex(xorb_hash(first + second, [100, 200]))
        == "be64c7003ccd3cf4357364750e04c9592b3c36705dee76a71590c011766b6c14"
    )
    assert to_hex(term_hash(first + second)) == "eb06a8ad81d588ac05d1d9a079232d9c1e7d0b07232fa58091caa7bf333a2768"


def test_a_chunk_has_the_published_hash():
    raw = chunk_hash(b"Hello World!")
    assert raw.hex() == "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8"
    assert to_hex(raw) == "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb"


def test_each_eight_bytes_are_spelt_backwards():
    spelling = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert to_hex(bytes(range(32))) == spelling
    assert from_hex(spelling) == bytes(range(32))


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 63 + "\n", "\u0660" * 64])
def test_it_refuses_what_is_no_spelling(text):
    with pytest.raises(InvalidHash):
        from_hex(text)


def test_it_refuses_hashes_and_sizes_of_different_numbers():
    with pytest.raises(ValueError, match="zip"):
        MerkleTree().add(bytes(64), [1])


def test_clients_ask_for_one_chunk_in_1024():
    assert is_eligible(bytes(24) + (2048).to_bytes(8, "little"))
    assert not is_eligible(bytes(24) + (2049).to_bytes(8, "little"))


def test_a_hidden_hash_depends_on_the_key():
    assert hidden_hash(bytes(32), bytes(32)) != hidden_hash(bytes(32), b"k" * 32) != bytes(32)
