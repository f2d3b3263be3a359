"""Holds a raw answer against the API model of botocore, which itself forgives nearly everything: a member that the model
does not know, a value outside an enumeration or pattern, a type that is not the model's, a required member left out."""

import json
import re
import xml.etree.ElementTree as ElementTree

# (shape, value or member): where AWS itself is known not to keep to its model.
FORGIVEN = {
    # Answers spell RSA keys with a hyphen.
    ("KeyAlgorithm", "RSA-2048"),
    # The model requires it, but the first page has none.
    ("ListHostedZonesResponse", "Marker"),
}

JSON_TYPES = {"string": str, "integer": int, "long": int, "boolean": bool, "timestamp": (int, float)}


def check(http_response, model, **_):
    """A handler of botocore's after-call event: the answer of a successful call must be what the model says."""
    if http_response.status_code >= 300:
        assert http_response.headers.get("x-amzn-requestid"), "an error without a request id"
        return
    shape = model.output_shape
    body = http_response.content
    if shape is None or not shape.members:
        assert body.strip() in (b"", b"{}"), f"{model.name} answers nothing, but here {body!r}"
        return
    faults = []
    if model.metadata["protocol"] == "json":
        of_json(shape, json.loads(body), model.name, faults)
    else:
        root = ElementTree.fromstring(body)
        wanted = f"{model.name}Response"
        if bare(root.tag) != wanted:
            faults.append(f"the root is {bare(root.tag)}, not {wanted}")
        wrapper = shape.serialization.get("resultWrapper")
        of_xml(shape, root.find(f"{{*}}{wrapper}") if wrapper else root, model.name, faults)
    assert not faults, f"{model.name}: " + "; ".join(faults)


def of_json(shape, value, path, faults):
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            faults.append(f"{path} is no object")
            return
        members(shape, value.keys(), path, faults)
        for name, inner in value.items():
            if name in shape.members:
                of_json(shape.members[name], inner, f"{path}.{name}", faults)
    elif shape.type_name == "list":
        if not isinstance(value, list):
            faults.append(f"{path} is no list")
            return
        for inner in value:
            of_json(shape.member, inner, f"{path}[]", faults)
    elif isinstance(value, bool) != (shape.type_name == "boolean") or not isinstance(value, JSON_TYPES[shape.type_name]):
        faults.append(f"{path} is {value!r}, no {shape.type_name}")
    elif isinstance(value, str):
        text(shape, value, path, faults)


def of_xml(shape, element, path, faults):
    if element is None:
        faults.append(f"{path} is missing")
    elif shape.type_name == "structure":
        # NB: members that travel in headers, such as Location, are not looked for in the body.
        names = {
            inner.serialization.get("name", name): (name, inner)
            for name, inner in shape.members.items()
            if inner.serialization.get("location") != "header"
        }
        known = {}
        for child in element:
            name = bare(child.tag)
            if name not in names:
                faults.append(f"{path} has an unknown {name}")
            elif name in known:
                faults.append(f"{path} has {name} twice")
            else:
                known[name] = child
        members(shape, [names[name][0] for name in known], path, faults, in_body={name for name, _ in names.values()})
        for name, child in known.items():
            of_xml(names[name][1], child, f"{path}.{name}", faults)
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            if bare(child.tag) != wanted:
                faults.append(f"{path} holds {bare(child.tag)}, not {wanted}")
            of_xml(shape.member, child, f"{path}[]", faults)
    else:
        value = element.text or ""
        forms = {"boolean": r"true|false", "integer": r"-?\d+", "long": r"-?\d+", "timestamp": r"\d{4}-\d\d-\d\dT[\d:.]+Z"}
        if not re.fullmatch(forms.get(shape.type_name, r"(?s).*"), value):
            faults.append(f"{path} is {value!r}, no {shape.type_name}")
        elif shape.type_name == "string":
            text(shape, value, path, faults)


def members(shape, given, path, faults, in_body=None):
    for name in given:
        if name not in shape.members:
            faults.append(f"{path} has an unknown {name}")
    if getattr(shape, "is_tagged_union", False) and len(list(given)) != 1:
        faults.append(f"{path} is a union with {sorted(given)}")
    for name in shape.required_members:
        expected = in_body is None or name in in_body
        if expected and name not in given and (shape.name, name) not in FORGIVEN:
            faults.append(f"{path} lacks the required {name}")


def text(shape, value, path, faults):
    if (shape.name, value) in FORGIVEN:
        return
    if shape.enum and value not in shape.enum:
        faults.append(f"{path} is {value!r}, not one of {shape.enum}")
    if shape.name == "ResourceId":
        # The bound is on the bare id: with its prefix an id of today, of 21 characters, is longer.
        value = re.sub(r"^/(hostedzone|change)/", "", value)
    most, least = shape.metadata.get("max"), shape.metadata.get("min")
    if (most and len(value) > most) or (least and len(value) < least):
        faults.append(f"{path} has {len(value)} characters, not {least} to {most}")
    pattern = shape.metadata.get("pattern")
    # NB: Java's classes such as \p{L} are not for Python.
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        faults.append(f"{path} is {value!r}, which {pattern} does not match")


def bare(tag):
    return tag.rpartition("}")[2]
