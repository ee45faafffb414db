"""Numbers as text, the same on a terminal and on a page."""


def count(number, what):
    """Say how many, such as '1 epoch' or '2 epochs'."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def duration(seconds):
    """Three digits or so."""
    if seconds < 0.1:
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"


def long_duration(seconds):
    """Say about how long, such as '12 s', '3 min 5 s' or '1 h 20 min'."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s" if rest else "under 1 s"
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def described_gpu(machine):
    """Describe the GPU that a record's machine names; empty if it names none."""
    facts = {
        "gpu": "{}",
        "gpu_memory_gib": "{:g} GiB",
        "compute_capability": "compute capability {}",
        "cuda_driver": "driver for CUDA {}",
    }
    return ", ".join(form.format(machine[name]) for name, form in facts.items() if name in machine)


def percent(share):
    """Two digits behind the point."""
    return f"{100 * share:.2f} %"


def span(shares, decimals=2):
    """Say in percent from where to where shares go, such as '57.1 to 58.2 %', or '57.1 %' if that is all."""
    ends = (f"{100 * share:.{decimals}f}" for share in (min(shares), max(shares)))
    return f"{' to '.join(dict.fromkeys(ends))} %"


def listed(names, last="and"):
    """Join names, such as '1, 2 and 3'."""
    *others, end = map(str, names)
    return f"{', '.join(others)} {last} {end}" if others else end
