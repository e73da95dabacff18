"""Drawings of the flows that are shipped: whole, well-formed, and self-contained."""

from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.draw import draw_mermaid, draw_svg
from ivr.flow import make_flow
from ivr.layout import lay_out
from ivr.load import LineFlow
from ivr.nodes import Hangup, Menu, branches
from ivr.prompts import Catalogue, sentences

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def texts(catalogue: Catalogue, lines: dict[str, LineFlow]) -> dict[str, str]:
    return sentences(catalogue, lines.values(), date(2026, 11, 23))


@pytest.mark.parametrize("line", ["main", "dropout", "parcoursup"])
def test_the_svg_is_well_formed_and_shows_every_node_and_arrow(
    line: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    flow = lines[line].flow
    root = ElementTree.fromstring(draw_svg(flow, texts))
    words = {element.text or "" for element in root.iter(f"{SVG}text")}
    assert {name for name in flow.nodes if any(text.endswith(f"· {name}") for text in words)} == set(flow.nodes)
    arrows = {(name, branch.target) for name, node in flow.nodes.items() for branch in branches(node)}
    assert len([path for path in root.iter(f"{SVG}path") if path.get("marker-end")]) == len(arrows)
    assert "touche 1" in words
    assert "href" not in draw_svg(flow, texts)


@pytest.mark.parametrize("line", ["main", "dropout", "parcoursup"])
def test_boxes_stand_apart_and_inside_the_picture(line: str, lines: dict[str, LineFlow], texts: dict[str, str]) -> None:
    root = ElementTree.fromstring(draw_svg(lines[line].flow, texts))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("rx") == "6"
    ]
    assert len(boxes) == len(lines[line].flow.nodes)
    for number, (x, y, w, h) in enumerate(boxes):
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        for other_x, other_y, other_w, other_h in boxes[number + 1 :]:
            assert x + w <= other_x or other_x + other_w <= x or y + h <= other_y or other_y + other_h <= y


@pytest.mark.parametrize("line", ["main", "dropout", "parcoursup"])
def test_the_mermaid_text_names_every_node_and_branch(
    line: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    flow = lines[line].flow
    drawn = draw_mermaid(flow, texts).splitlines()
    assert drawn[0] == "flowchart TD"
    for name, node in flow.nodes.items():
        assert any(row.startswith(f'    n_{name}["') and row.endswith('"]') for row in drawn)
        for branch in branches(node):
            assert any(
                row.startswith(f"    n_{name} -->")
                and row.endswith(f" n_{branch.target}")
                and branch.label.replace("#", "#35;") in row
                for row in drawn
            )


def test_signs_that_mean_something_to_xml_or_mermaid_do_no_harm() -> None:
    flow = make_flow(
        "main",
        "end",
        {
            "end": Menu(prompts=("p",), choices={"#": "end", "1": "bye"}, otherwise="bye", repeat=None),
            "bye": Hangup(outcome="informed"),
        },
    )
    texts = {"p": '<b> & "quoted" #1;'}
    words = [element.text for element in ElementTree.fromstring(draw_svg(flow, texts)).iter(f"{SVG}text")]
    assert texts["p"] in words
    mermaid = draw_mermaid(flow, texts)
    assert "#lt;b#gt; & #quot;quoted#quot; #35;1;" in mermaid
    assert 'n_end -->|"touche #35;"| n_end' in mermaid


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_any_tangle_of_arrows_is_laid_out_with_every_box_once(pairs: set[tuple[int, int]]) -> None:
    names = [f"n{number}" for number in range(8)]
    layout = lay_out(names, sorted((f"n{a}", f"n{b}") for a, b in pairs), "n0")
    spots = [spot for layer in layout.layers for spot in layer]
    assert sorted(spot for spot in spots if isinstance(spot, str)) == names
    assert len(set(spots)) == len(spots) == len(layout.columns)
    for layer in layout.layers:
        columns = [layout.columns[spot] for spot in layer]
        assert columns == sorted(set(columns))
