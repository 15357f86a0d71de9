"""Validates JSON against docs/lenscap-1.schema.json: schema.py SCHEMA NAME FILE, where NAME is a definition, `document` or `lines`.

`lines` takes JSON Lines whose `type` names the definition of each. An array is validated element by element. Unknown keys of objects
whose keys the schema lists are errors here: what is printed must be documented.
"""
import json
import sys

import jsonschema


def strict(node):
    """The same schema, in which listed keys are all keys."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: strict(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        node.setdefault("additionalProperties", False)
    return node


def main(path, name, file):
    with open(path) as source:
        schema = strict(json.load(source))
    with open(file) as source:
        text = source.read()
    objects = [json.loads(line) for line in text.splitlines()] if name == "lines" else json.loads(text)
    validators = {}
    for item in objects if isinstance(objects, list) else [objects]:
        kind = item.pop("type") if name == "lines" else name
        if kind not in validators:
            target = schema if kind == "document" else {"$ref": "#/$defs/" + kind, "$defs": schema["$defs"]}
            jsonschema.Draft202012Validator.check_schema(target)
            validators[kind] = jsonschema.Draft202012Validator(target)
        validators[kind].validate(item)
    if isinstance(objects, list) and not objects:
        sys.exit("nothing to validate")


main(*sys.argv[1:])
