"""A schema that is not what the server says is caught."""

from checks import api_schema


def test_the_same_schema_is_let_through():
    assert list(api_schema.unlike({"paths": {"/health": {}}}, {"paths": {"/health": {}}})) == []


def test_a_stale_schema_is_caught():
    (finding,) = api_schema.unlike({"paths": {}}, {"paths": {"/health": {}}})
    assert str(finding).startswith("openapi.json: not what the server says; run: ")
