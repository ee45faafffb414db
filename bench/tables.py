"""Result tables as plain text."""


def format_table(rows):
    """Align rows under their column names.

    Parameters
    ----------
    rows : list of dict
        Column name -> str; the columns are those of the first row.

    Returns
    -------
    text : str
    """
    columns = list(rows[0])
    lines = [columns, *([row[column] for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
