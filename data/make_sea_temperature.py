#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes sea_temperature.h5, a data set for `problem.inputs = file`, from sea_temperature.csv.

    data/make_sea_temperature.py [FOLDER]

The table holds the monthly mean temperature of the sea surface off Peru (region Nino 1+2, 0-10
degrees south, 80-90 degrees west) in degrees Celsius, 1950 to 2010: ERSST.V3B of the National
Oceanic and Atmospheric Administration, a work of the government of the United States and so in the
public domain. It is the table of Debian's python3-statsmodels (datasets/elnino).

A sample is eight months in a row; its label is the temperature three months later. Both are
departures from the mean of their calendar month, in units of their standard deviation. The samples
are shuffled with a fixed seed; neighbours share months, so that those held out are not strangers.
"""

import csv
import sys
from pathlib import Path

import h5py
import numpy

MONTHS = 8
AHEAD = 3


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    with open(Path(__file__).parent / "sea_temperature.csv", encoding="ascii") as table:
        years = numpy.array([row[1:] for row in list(csv.reader(table))[1:]], dtype=float)
    series = (years - years.mean(axis=0)).ravel()
    series /= series.std()
    count = len(series) - MONTHS - AHEAD + 1
    inputs = numpy.array([series[i:i + MONTHS] for i in range(count)])
    labels = series[MONTHS + AHEAD - 1:]
    order = numpy.random.RandomState(1950).permutation(count)  # the same numbers in every version
    with h5py.File(folder / "sea_temperature.h5", "w") as file:
        file.attrs["source"] = "NOAA ERSST.V3B, region Nino 1+2, monthly means 1950-2010"
        file.attrs["license"] = "public domain"
        for name, values, text in (
                ("inputs", inputs[order], "temperature anomalies of eight months in a row"),
                ("labels", labels[order], "temperature anomaly three months later")):
            dataset = file.create_dataset(name, data=values, track_times=False)
            dataset.attrs["units"] = "1"
            dataset.attrs["long_name"] = text


if __name__ == "__main__":
    main()
