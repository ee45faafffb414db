"""The settings of a recipe: what those of a group share, and what tells them apart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameters:
    """The settings of one group.

    Attributes
    ----------
    group : str
    shared : str
        Parameters as keyword arguments.
    own : dict of str to str
        Name of a setting -> the other parameters.
    """

    group: str
    shared: str
    own: dict[str, str]

    @property
    def heading(self):
        """Whose the shared parameters are."""
        return f"{self.group}, all" if self.group else "all"


def parameters(settings):
    """Write parameters as keyword arguments, those that are shared once.

    Parameters
    ----------
    settings : list of dict
        As the record of a recipe has them.

    Returns
    -------
    list of Parameters
    """
    groups = {}
    for setting in settings:
        groups.setdefault(setting["group"], []).append(setting)
    return [_group(group, members) for group, members in groups.items()]


def _group(group, settings):
    first = settings[0]["parameters"]
    shared = {
        name: value
        for name, value in first.items()
        if len(settings) > 1
        and all(name in s["parameters"] and s["parameters"][name] == value for s in settings)
    }
    own = {
        s["name"]: _arguments({n: v for n, v in s["parameters"].items() if n not in shared}) for s in settings
    }
    return Parameters(group, _arguments(shared), own)


def _arguments(values):
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
