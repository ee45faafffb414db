"""What tests of figures ask."""


def assert_nothing_is_cut_off(figure):
    """Titles, labels, captions and legends lie inside the figure."""
    figure.draw_without_rendering()
    whole, drawn = figure.bbox, figure.get_tightbbox()
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 * figure.dpi <= whole.x1 + 1
    assert drawn.y1 * figure.dpi <= whole.y1 + 1


def legend_texts(figure):
    """The entries of the figure's own legend."""
    return [text.get_text() for text in figure.legends[0].texts]
