"""The data set as compiled code sees it."""

from typing import NamedTuple

from ..contract import RowKind


class Source(NamedTuple):
    """`Rows` by address, so that one compiled program reads every kind of data set."""

    kind: int
    data: int
    row_stride: int  # bytes
    column_stride: int
    indices: int
    indptr: int
    scale: float
    n_rows: int
    n_columns: int


def source_fields(rows):
    """Return the fields of the `Source` of `Rows`, which must be kept alive while it is used."""
    data, kind = rows.data, int(rows.kind)
    strides, more = data.strides, (0, 0)
    if kind >= RowKind.CSR32:
        strides, more = (0, 0), (rows.indices.ctypes.data, rows.indptr.ctypes.data)
    return kind, data.ctypes.data, *strides, *more, rows.scale, rows.n_rows, rows.n_columns
