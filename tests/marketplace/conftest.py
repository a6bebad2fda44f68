"""What the store sells lies in the same store as cloud files: an empty one for each test, and `stored` tells what is in it."""

from tests.ontology.conftest import _empty_store, stored

__all__ = ["_empty_store", "stored"]
