"""What the fits of a recipe add up to: means, deviations, and whether a report agrees."""

from statistics import mean, stdev

import joblib
import numpy as np


class MissingFits(LookupError):
    """Findings or pictures need a setting of which no fit was completed."""


class Outcome:
    """The completed fits of a recipe, for tables, findings and pictures.

    Parameters
    ----------
    recipe : Recipe
    fits : list of dict
        Records of completed fits, in the order of the recipe's settings and the seeds.
    data : ImageSet or None
    folder : Path or None
        Where the saved models are.

    Attributes
    ----------
    recipe, fits, data, folder
    """

    def __init__(self, recipe, fits, data=None, folder=None):
        self.recipe, self.fits, self.data, self.folder = recipe, fits, data, folder

    def settings(self, group=None):
        """Return the settings with a completed fit, of one group or of all, list of Setting."""
        done = {fit["setting"] for fit in self.fits}
        return [s for s in self.recipe.settings if s.key in done and group in (None, s.group)]

    def groups(self):
        """Return the groups of these settings in their order, list of str."""
        return list(dict.fromkeys(setting.group for setting in self.settings()))

    def results(self, key):
        """Return the results of every fit of a setting, named by its key, seed by seed, list of dict."""
        return [fit["results"] for fit in self.fits if fit["setting"] == key]

    def first(self, key):
        """Return the results of the first seed's fit of a setting, dict.

        Raises
        ------
        MissingFits
            If no fit of this setting was completed.
        """
        results = self.results(key)
        if not results:
            raise MissingFits(f"no fit of {key!r} was completed")
        return results[0]

    def first_model(self, key):
        """Load the saved model of the first seed's fit that has one.

        Returns
        -------
        seed : int
        model : estimator

        Raises
        ------
        MissingFits
            If no model of this setting was saved.
        OSError
            If its file cannot be read.
        """
        for fit in self.fits:
            if fit["setting"] == key and fit["model"] is not None:
                return fit["seed"], joblib.load(self.folder / fit["model"])
        raise MissingFits(f"no model of {key!r} was saved")

    def values(self, key, figure):
        """Return a figure of every fit of a setting that has it, list of float."""
        values = (results.get(figure) for results in self.results(key))
        return [value for value in values if value is not None]

    def mean(self, key, figure):
        """Return the mean of a figure over the seeds; None if there is none."""
        values = self.values(key, figure)
        return mean(values) if values else None

    def deviation(self, key, figure):
        """Return the standard deviation of a figure over the seeds; None with fewer than two."""
        values = self.values(key, figure)
        return stdev(values) if len(values) > 1 else None

    def percentages(self, settings, figure):
        """Return a share's mean of every setting in percent, ndarray of float; NaN where there is none."""
        means = [self.mean(setting.key, figure) for setting in settings]
        return 100 * np.array(means, float)

    def seconds(self, key):
        """Return the mean training time of a setting, float or None."""
        times = [fit["durations"].get("train") for fit in self.fits if fit["setting"] == key]
        times = [time for time in times if time is not None]
        return mean(times) if times else None

    def best(self, figure, group=None):
        """Return the setting with the highest mean of a figure, Setting; of equal ones the first."""
        known = [s for s in self.settings(group) if self.mean(s.key, figure) is not None]
        if not known:
            raise MissingFits(f"no completed fit has a {figure}")
        return max(known, key=lambda setting: self.mean(setting.key, figure))

    def networks(self):
        """Return the summary of every network, layer by layer, and the settings that have it.

        Returns
        -------
        list of dict
            With the keys 'summary' and 'settings'; empty if the fits tell nothing of their networks.
        """
        settings_of = {}
        for setting in self.settings():
            for results in self.results(setting.key)[:1]:
                if results.get("summary"):
                    settings_of.setdefault(results["summary"], []).append(setting.key)
        return [{"summary": summary, "settings": keys} for summary, keys in settings_of.items()]

    def table(self):
        """Return the table of the record.

        Returns
        -------
        list of dict
            For every setting its key, group, name and library, the number of fits, of those that diverged,
            the mean training seconds, and under `figures` for every figure what is reported, mean, standard
            deviation (None with one fit), the number of values, whether it is reported roughly, and whether
            the reported figure lies more than
            two standard deviations (and its rounding) from the mean (None where that cannot be said).
        """
        return [self._row(setting) for setting in self.settings()]

    def _row(self, setting):
        results = self.results(setting.key)
        return {
            "setting": setting.key,
            "group": setting.group,
            "name": setting.name,
            "library": setting.library,
            "n_fits": len(results),
            "n_diverged": sum(bool(one.get("diverged")) for one in results),
            "seconds": self.seconds(setting.key),
            "figures": {figure.name: self._cell(setting, figure) for figure in self.recipe.figures},
        }

    def _cell(self, setting, figure):
        values = self.values(setting.key, figure.name)
        middle, spread = self.mean(setting.key, figure.name), self.deviation(setting.key, figure.name)
        reported, roughly = setting.reported.get(figure.name), figure.name in setting.roughly
        differs = None
        n_fits = len(self.results(setting.key))
        if reported is not None and middle is None and n_fits > 1:
            differs = True  # whatever the seed, there is no such figure
        elif reported is not None and spread is not None and not roughly:
            differs = figure.differs(reported, middle, spread)
        return {
            "reported": reported,
            "roughly": roughly,
            "mean": middle,
            "sd": spread,
            "n": len(values),
            "differs": differs,
        }
