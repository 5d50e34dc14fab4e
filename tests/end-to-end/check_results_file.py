#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Recomputes every figure of a results file from the networks and data stored in it.

    check_results_file.py RESULTS

A second implementation that shares nothing with flatgrid but the definitions: h5py and numpy alone
(xarray and ncdump, where installed, for the layout). Covers relu networks, with and without biases, with
trained and with fixed outer weights, on Gaussian inputs, isotropic or spiked, with a sum of relu
single-index models as the target. Prints a line per disagreement; exit code 1 if there is one.

Tolerances: 1e-9 relative, plus what rounding explains. The train loss of an interpolator is a
square of differences that cancel, the population loss a difference of kernel sums; and at a
preactivation that is zero up to rounding either side of the kink is right.
"""

import configparser
import importlib.util
import math
import re
import shutil
import subprocess
import sys
import warnings

import h5py
import numpy as np

GRID = ("algorithm", "samples", "noise", "width", "seed")
NETWORK_GRID = ("algorithm", "samples", "noise", "seed")
# What every file holds, and what is there only where it is asked for: by a key of [flatness], which
# is neither false nor 0 then, or by the algorithm that searches for the least flatness or path norm.
PLAIN = (
    "train_loss", "train_loss_before_polish", "interpolates", "population_loss", "population_loss_stderr",
    "flatness_trace", "flatness_residual_part", "flatness_orbit_min", "path_norm", "parameter_norm",
    "active_neurons", "effective_neurons", "index_alignment", "steps", "polish_iterations",
    "seconds")
BY_KEY = {
    "hessian_top_eigenvalue": "top-eigenvalue", "hessian_frobenius_norm": "frobenius-norm",
    "hessian_trace_hutchinson": "trace-probes", "hessian_trace_hutchpp": "trace-probes",
    "tangent_kernel_max": "tangent-kernel", "tangent_kernel_min": "tangent-kernel",
    "sharpness_average": "sharpness-radius", "sharpness_average_stderr": "sharpness-radius",
    "sharpness_worst": "sharpness-radius", "activation_rate": "activation-rates",
    "sparse_neurons": "activation-rates", "index_dimension": "index-spectrum",
    "index_recovery": "index-spectrum", "index_tail": "index-spectrum"}
BY_ALGORITHM = {"flattest": ("flatness_lower_bound", "flatness_lower_bound_kind", "flatness_gap",
                             "neurons_on_faces"),
                "min-norm": ("path_norm_lower_bound", "path_norm_lower_bound_kind", "path_norm_gap"),
                "worst": ("flatness_ratio", "starts_agreeing", "optimality_violation"),
                "single-index": ("alignment", "ridge_loss")}
WITH_MULTIPLIERS = {"flattest", "min-norm"}
WORST_BOUND = ("worst_loss_bound", "worst_loss_bound_kind")
NULL_SPACE = ("null_space_radius", "null_space_radius_bound", "null_space_radius_bound_kind")
HISTORY = ("train_loss", "population_loss", "flatness_trace", "flatness_residual_part",
           "flatness_orbit_min", "path_norm", "parameter_norm", "active_neurons",
           "effective_neurons", "index_alignment")
FLAGS = {"status": "pending done not_interpolating diverged failed cut_short",
         "flatness_lower_bound_kind": "none estimated certified",
         "path_norm_lower_bound_kind": "none estimated certified",

         "null_space_radius_bound_kind": "none estimated certified",
         "worst_loss_bound_kind": "none estimated certified"}
ATTRIBUTES = ("title", "flatgrid_version", "git_commit", "build", "config", "created",
              "Conventions", "loss_convention")
# Sections whose keys are the same for all algorithms, except network.initialization.
SHARED = ("grid", "problem", "network", "flatness", "output")
PENDING, DONE, NOT_INTERPOLATING, DIVERGED, FAILED, CUT_SHORT = range(6)
TRAINED = ("gradient-flow", "gradient-descent", "sgd", "adam", "label-noise-sgd", "sam",
           "mean-field-langevin", "lazy", "corrupted")

RELATIVE = 1e-9
EPSILON = np.finfo(np.float64).eps
EXTENDED = np.longdouble
EXTENDED_EPSILON = float(np.finfo(EXTENDED).eps)

problems = []


def complain(text):
    problems.append(text)


def agree(where, name, stored, low, high=None, floor=0.0):
    """Demands that `stored` lies in [low, high], widened by 1e-9 relative and by `floor`."""
    high = low if high is None else high
    slack = RELATIVE * max(abs(low), abs(high)) + floor
    if not low - slack <= stored <= high + slack:
        complain(f"{where}: {name} is {stored!r} in the file, {float(low)!r} .. {float(high)!r} "
                 f"recomputed (allowed difference {slack:.3g})")


# ---------------------------------------------------------------------------- variants


def split_label(label, config):
    """The algorithm and {(section, key): value} of a coordinate such as "sam(sam-radius=0.2)"."""
    name, _, settings = label.partition("(")
    found = {}
    for setting in filter(None, settings.removesuffix(")").split(", ")):
        key, _, value = setting.partition("=")
        section = next(section for section in config.sections()
                       if (section not in SHARED or key == "initialization")
                       and config.has_option(section, key))
        found[section, key] = value
    return name, found


def algorithm_names(results):
    config = configuration(results)
    return [split_label(label, config)[0] for label in results["algorithm"].asstr()]


def keys_of_variants(results):
    config = configuration(results)
    return {key for label in results["algorithm"].asstr() for key in split_label(label, config)[1]}


def variable_name(key):
    return "_".join(key).replace("-", "_")


def check_variants(results):
    """The group says of every coordinate what its name and the configuration say."""
    keys = keys_of_variants(results)
    if not keys:
        return
    config, group = configuration(results), results["variants"]
    if list(group["algorithm_name"].asstr()) != algorithm_names(results):
        complain("variants/algorithm_name is not what the coordinates begin with")
    for section, key in keys:
        values = group[variable_name((section, key))].asstr()[:]
        for label, value in zip(results["algorithm"].asstr(), values):
            name, settings = split_label(label, config)
            expected = settings.get((section, key), config.get(section, key))
            # Whether an algorithm reads a key that it does not set, this program does not know.
            if value != expected and ((section, key) in settings or value != ""):
                complain(f"variants: {section}.{key} of {label} is '{value}', not '{expected}'")


# ------------------------------------------------------------------------------ layout


def expected_figures(results):
    """The figures that the configuration asks for."""
    config = configuration(results)
    asked = [name for name, key in BY_KEY.items()
             if config.get("flatness", key, fallback="false") not in ("false", "0")]
    for algorithm, names in BY_ALGORITHM.items():
        if algorithm in algorithm_names(results):
            asked += names
    if "flattest" in algorithm_names(results) and config.get("flatness", "null-space-radius") == "true":
        asked += NULL_SPACE
    if "worst" in algorithm_names(results) and config.get("flatness", "worst-loss-bound") == "true":
        asked += WORST_BOUND
    if bias_kind(results) == "trained":
        asked.append("extreme_samples")
    if config.get("flatness", "top-eigenvalue") == "true" and any(
            rate != "auto" for rate in learning_rates(results)):
        asked.append("stability_fraction")
    if linear_layers(results):
        asked.append("representation_cost")
    return {*PLAIN, *asked}


def learning_rates(results):
    """training.learning-rate at each coordinate of the algorithm, also where the algorithm does not read it."""
    config = configuration(results)
    key = ("training", "learning-rate")
    return [split_label(label, config)[1].get(key, config.get(*key))
            for label in results["algorithm"].asstr()]


def bias_kind(results):
    return configuration(results).get("network", "bias", fallback="none")


def linear_layers(results):
    """The names of the datasets of linear layers, from the inputs on."""
    layers = configuration(results).getint("network", "layers", fallback=2)
    return [f"linear_{number}" for number in range(1, layers - 1)]


def has_biases(results):
    return bias_kind(results) != "none"


def listed(group):
    """The figures that the file, or its history, lists: in the order in which the checksum takes
    them."""
    return group.attrs["variables"].split()


def expected_dimensions(results):
    """Path of every dataset -> names of its dimensions."""
    config = configuration(results)
    expected = {name: GRID for name in ("status", "checksum", *expected_figures(results))}
    expected["message"] = GRID + ("character",)

    def add_coordinates(group, *names):
        expected.update({f"{group}{name}": (name,) for name in names})

    add_coordinates("", *GRID)
    if keys := keys_of_variants(results):
        add_coordinates("variants/", "algorithm")
        expected.update({f"variants/{name}": ("algorithm",)
                         for name in ("algorithm_name", *map(variable_name, keys))})
    if config.getint("output", "history") > 0:
        add_coordinates("history/", *GRID, "step")
        expected.update({f"history/{name}_history": GRID + ("step",) for name in HISTORY})
    if config.getboolean("output", "networks"):
        for width in results["width"][:]:
            group = f"networks/width_{width}/"
            add_coordinates(group, *NETWORK_GRID, "neuron", "dimension")
            expected[f"{group}outer"] = NETWORK_GRID + ("neuron",)
            layer_inputs = "dimension"
            for layer in linear_layers(results):
                outputs = layer.replace("linear", "hidden")
                add_coordinates(group, outputs)
                expected[f"{group}{layer}"] = NETWORK_GRID + (outputs, layer_inputs)
                layer_inputs = outputs
            expected[f"{group}inner"] = NETWORK_GRID + ("neuron", layer_inputs)
            if has_biases(results):
                expected[f"{group}bias"] = NETWORK_GRID + ("neuron",)
            if not WITH_MULTIPLIERS.isdisjoint(algorithm_names(results)):
                add_coordinates(group, "sample")
                expected[f"{group}multipliers"] = NETWORK_GRID + ("sample",)
    if config.getboolean("output", "data"):
        add_coordinates("data/", "seed", "sample", "indices", "dimension")
        expected["data/inputs"] = ("seed", "sample", "dimension")
        expected["data/target"] = expected["data/label_noise"] = ("seed", "sample")
        expected["data/index_directions"] = ("seed", "indices", "dimension")
        expected["data/coefficients"] = ("seed", "indices")
    return expected


def compare_dimensions(reader, found, expected):
    for path in sorted(expected.keys() | found.keys()):
        if found.get(path) != expected.get(path):
            complain(f"{reader}: {path} has the dimensions {found.get(path)}, "
                     f"not {expected.get(path)}")


def check_layout_with_h5py(results, expected):
    found = {}

    def visit(path, item):
        if not isinstance(item, h5py.Dataset):
            return
        for attribute in ("units", "long_name"):
            if not isinstance(item.attrs.get(attribute), str):
                complain(f"h5py: {path} has no text attribute '{attribute}'")
        if item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but not"):
            return
        if h5py.h5ds.is_scale(item.id):
            found[path] = (path.split("/")[-1],)
            group, _, name = path.rpartition("/")
            if name in results and not np.array_equal(item[()], results[name][()]):
                complain(f"h5py: the coordinates {path} are not those of the root")
            return
        # A coordinate variable bears the name of its dimension.
        found[path] = tuple(dim[0].name.split("/")[-1] if len(dim) == 1 else None
                            for dim in item.dims)
        for dim in item.dims:
            if len(dim) == 1 and dim[0].name.rpartition("/")[0] != item.name.rpartition("/")[0]:
                complain(f"h5py: {path} has a dimension of another group, {dim[0].name}")
        if item.dtype == np.float64 and not np.isnan(item.fillvalue):
            complain(f"h5py: {path} is not filled with NaN")
        if item.chunks is not None:
            complain(f"h5py: {path} is not contiguous")

    results.visititems(visit)
    compare_dimensions("h5py", found, expected)
    for name in ATTRIBUTES:
        if not isinstance(results.attrs.get(name), str):
            complain(f"h5py: the root has no text attribute '{name}'")
    if results.attrs.get("flatgrid_format") != 2:
        complain("h5py: flatgrid_format is not 2")
    if sorted(listed(results)) != sorted(expected_figures(results)):
        complain(f"h5py: the file lists {listed(results)}")
    if "history" in results and listed(results["history"]) != list(HISTORY):
        complain(f"h5py: the history lists {listed(results['history'])}")
    for name, meanings in FLAGS.items():
        if name not in results:
            continue
        attributes = results[name].attrs
        if (results[name].dtype != np.int32 or attributes["flag_meanings"] != meanings
                or list(attributes["flag_values"]) != [*range(len(meanings.split()))]):
            complain(f"h5py: flag_values and flag_meanings of '{name}' are not CF's")
    if results["population_loss"].attrs.get("method") != "closed-form":
        complain("h5py: the attribute 'method' of 'population_loss' is not 'closed-form'")
    if results.attrs.get("Conventions") != "CF-1.9":
        complain("h5py: Conventions is not CF-1.9, the first to allow 64-bit whole numbers")
    check_default_plot(results)


def check_default_plot(results):
    """What a NeXus viewer follows: default, then signal and axes, which name numbers of the shape."""
    if "history" not in results:
        return
    group = results[results.attrs["default"]]
    signal, axes = group[group.attrs["signal"]], group.attrs["axes"]
    if group.attrs["NX_class"] != "NXdata" or len(axes) != signal.ndim:
        complain("h5py: the default plot is none")
    for axis, size in zip(axes, signal.shape):
        if axis != "." and (group[axis].shape != (size,) or group[axis].dtype.kind not in "if"):
            complain(f"h5py: '{axis}' is no axis of the default plot")


def check_layout_with_xarray(file, expected):
    """Every group opens by itself, and root and groups merge, with each engine that is there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import xarray
    except ImportError:
        print("xarray is not installed: not checked with it")
        return
    engines = {"netcdf4": "netCDF4", "h5netcdf": "h5netcdf"}
    for engine, module in engines.items():
        if importlib.util.find_spec(module) is None:
            print(f"{module} is not installed: not checked with it")
            continue
        try:
            check_with_engine(xarray, file, engine, expected)
        except Exception as error:  # whatever it stumbles over, it cannot read the file
            complain(f"xarray, {engine}: {type(error).__name__}: {error}")
    if hasattr(xarray, "open_datatree"):  # from 2024.10 on
        try:
            with xarray.open_datatree(file) as tree:
                for path in expected:
                    tree[path].load()
        except Exception as error:
            complain(f"xarray, open_datatree: {type(error).__name__}: {error}")


def check_with_engine(xarray, file, engine, expected):
    found = {}
    datasets = {}
    for group in sorted({path.rpartition("/")[0] for path in expected}):
        with xarray.open_dataset(file, group=group or None, engine=engine) as dataset:
            datasets[group] = dataset.load()
        for name, variable in datasets[group].variables.items():
            found[f"{group}/{name}" if group else name] = tuple(variable.dims)
        for name, variable in datasets[group].items():
            # `character`, which xarray makes a text of, is the only dimension without coordinates.
            missing = set(variable.dims) - set(datasets[group].coords)
            if missing:
                complain(f"xarray, {engine}: {group}/{name} has no coordinates {missing}")
    # xarray makes texts of the characters.
    compare_dimensions(f"xarray, {engine}", found, expected | {"message": GRID})

    root = datasets.pop("")
    if set(root.coords) != set(GRID):
        complain(f"xarray, {engine}: the coordinates of the root are {set(root.coords)}")
    rows, points = len(root.to_dataframe()), root["status"].size
    if rows != points:
        complain(f"xarray, {engine}: a table of {rows} rows for {points} points")
    together = [root] + [datasets[name] for name in ("history", "data") if name in datasets]
    everything = xarray.merge(together, compat="no_conflicts", join="exact")
    if len(everything.data_vars) != sum(len(dataset.data_vars) for dataset in together):
        complain(f"xarray, {engine}: variables are lost where root, history and data are merged")
    for name, dataset in datasets.items():
        merged = xarray.merge([root, dataset], compat="no_conflicts", join="exact")
        if not merged[[*dataset.data_vars]].equals(dataset):
            complain(f"xarray, {engine}: merging root and {name} changes it")


def check_layout_with_ncdump(file, expected):
    if shutil.which("ncdump") is None:
        print("ncdump is not installed: not checked with it")
        return
    run = subprocess.run(["ncdump", "-h", file], capture_output=True, text=True)
    if run.returncode != 0:
        complain(f"ncdump -h: {run.stderr.strip()}")
        return
    if "phony" in run.stdout:
        complain("ncdump -h shows a dimension without a name")
    found = {}
    groups = []
    for line in run.stdout.splitlines():
        if match := re.match(r"\s*group: (\S+) \{", line):
            groups.append(match[1])
        elif re.match(r"\s*\} // group ", line):
            groups.pop()
        elif match := re.match(r"\s*(?:string|char|double|int|int64|uint64) (\w+)\(([^)]*)\) ;", line):
            found["/".join(groups + [match[1]])] = tuple(match[2].split(", "))
    compare_dimensions("ncdump", found, expected)


# ---------------------------------------------------------------------------- checksum


def crc64_xz(rows):
    """CRC-64/XZ of each row of a matrix of bytes [points, bytes], all rows at once."""
    polynomial = np.uint64(0xC96C5795D7870F42)  # of ECMA-182, bits reversed
    table = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        table = np.where(table & np.uint64(1), (table >> np.uint64(1)) ^ polynomial,
                         table >> np.uint64(1))
    crc = np.full(len(rows), 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
    for column in np.ascontiguousarray(rows.T):
        crc = table[(crc ^ column) & np.uint64(0xFF)] ^ (crc >> np.uint64(8))
    return crc ^ np.uint64(0xFFFFFFFFFFFFFFFF)


def check_checksums(results):
    assert crc64_xz(np.frombuffer(b"123456789", np.uint8)[None])[0] == 0x995DC9BBDF1939FA
    with_history = "history" in results
    for w, width in enumerate(results["width"][:]):
        # [algorithm, samples, noise, seed], flattened
        status = results["status"][:, :, :, w].ravel()
        fields = [status.astype("<i4")[:, None]]
        fields += [results[name][:, :, :, w].reshape(-1, 1) for name in listed(results)
                   if results[name].attrs["units"] != "s"]
        if with_history:
            history = np.stack([results[f"history/{name}_history"][:, :, :, w]
                                for name in listed(results["history"])], axis=-1)
            fields.append(history.reshape(len(status), -1))
        if "networks" in results:
            network = results[f"networks/width_{width}"]
            fields += [network[name][:].reshape(len(status), -1)
                       for name in ("inner", "bias", "outer", *linear_layers(results), "multipliers")
                       if name in network]
        rows = np.hstack([np.ascontiguousarray(field).view(np.uint8) for field in fields])
        stored = results["checksum"][:, :, :, w].ravel()
        wrong = (status != PENDING) & (stored != crc64_xz(rows))
        for point in np.flatnonzero(wrong):
            position = np.unravel_index(point, results["status"].shape[:3] + results["seed"].shape)
            complain(f"width {width}, (algorithm, samples, noise, seed) at {position}: "
                     f"checksum {stored[point]:016x} is not that of the stored numbers")


# ----------------------------------------------------------------------------- figures


def population_loss(weights, vectors):
    """E (sum_p weights_p relu(vectors_p . x))^2 for standard normal x, and the sum of its terms'
    absolute values. E relu(w.x) relu(v.x) = |w| |v| (sin t + (pi - t) cos t) / 2 pi, t the angle."""
    norms = np.sqrt(np.sum(vectors**2, axis=1))
    used = (norms > 0) & (weights != 0)
    weights, norms = weights[used] * norms[used], norms[used]
    units = vectors[used] / norms[:, None]
    distance = np.sqrt(((units[:, None] - units[None])**2).sum(axis=2))
    opposite = np.sqrt(((units[:, None] + units[None])**2).sum(axis=2))
    angle = 2 * np.arctan2(distance, opposite)
    pi = EXTENDED("3.14159265358979323846264338327950288")
    kernel = (np.sin(angle) + (pi - angle) * np.cos(angle)) / (2 * pi)
    terms = weights[:, None] * weights[None] * kernel
    return terms.sum(), np.abs(terms).sum()


def biased_population_loss(weights, vectors, biases):
    """E (sum_p weights_p relu(vectors_p . x + biases_p))^2 and the sum of its terms' absolute values. With
    thresholds h = -b / |w|, normal density phi and tail P, correlation rho:
    E (U-h)_+ (V-k)_+ = M(h) M(k) + rho P(h) P(k) + int_0^asin(rho) (rho - sin t) e^{...} dt / 2 pi, M = phi - h P
    (Plackett 1954), by Gauss-Legendre on panels that halve towards asin(rho)."""
    norms = np.sqrt(np.sum(vectors**2, axis=1))
    used = (norms > 0) & (weights != 0)
    if np.any((norms == 0) & (weights != 0) & (biases > 0)):
        sys.exit("a neuron of inner weight 0 and positive bias is not covered by this program")
    weights, norms, biases, vectors = (array[used].astype(np.float64)
                                       for array in (weights * norms, norms, biases, vectors))
    units = vectors / norms[:, None]
    h = -biases / norms
    tail = np.array([math.erfc(x / math.sqrt(2)) / 2 for x in h])
    mean = np.exp(-h**2 / 2) / math.sqrt(2 * math.pi) - h * tail
    square = (1 + h**2) * tail - h * np.exp(-h**2 / 2) / math.sqrt(2 * math.pi)  # E (U-h)_+^2
    rho = np.clip(units @ units.T, -1, 1)
    end = np.arcsin(rho)
    sums, products = h[:, None]**2 + h[None]**2, h[:, None] * h[None]
    integral = np.zeros_like(rho)
    nodes, node_weights = np.polynomial.legendre.leggauss(20)
    fractions = np.concatenate([1 - 0.5**np.arange(50), [1.0]])
    for low, high in zip(fractions[:-1], fractions[1:]):
        for node, weight in zip(nodes, node_weights):
            angle = end * (low + (high - low) * (node + 1) / 2)
            exponent = np.maximum(sums - 2 * products * np.sin(angle), 0) / (2 * np.cos(angle)**2)
            inside = np.exp(-exponent)
            integral += weight * (high - low) / 2 * end * (rho - np.sin(angle)) * inside
    kernel = mean[:, None] * mean + rho * tail[:, None] * tail + integral / (2 * math.pi)
    np.fill_diagonal(kernel, square)
    terms = weights[:, None] * weights[None] * kernel
    sizes = np.abs(weights) * np.sqrt(1 + h**2)
    return terms.sum(), sizes.sum()**2


def check_extreme_samples(where, figures, inputs):
    """Of as many samples as it takes to count: sample i is no extreme point if a convex combination of the
    others is. The least and the greatest sample in any direction are extreme points."""
    directions = np.random.default_rng(2).standard_normal((inputs.shape[1], 4000))
    along = inputs @ directions
    found = {*np.argmax(along, axis=0), *np.argmin(along, axis=0)}
    agree(where, "extreme_samples", figures["extreme_samples"], len(found) / len(inputs), 1.0)
    if inputs.shape[1] == 1:
        agree(where, "extreme_samples", figures["extreme_samples"], len(found) / len(inputs))


def layered_traces(linear, inner, inputs, gradient):
    """T_1, ..., T_{p+1} = (1/n) sum_i |u_l|^2 |z_{l-1}|^2; `gradient` = a relu'(z) [n, m]."""
    forward = [inputs]
    for layer in linear:
        forward.append(forward[-1] @ layer.T)
    traces = []
    for layer, z in zip([*linear, inner][::-1], forward[::-1]):
        traces.append(((gradient**2).sum(axis=1) * (z**2).sum(axis=1)).mean())
        gradient = gradient @ layer
    return traces[::-1]


def well_conditioned(form, inputs, gradient):
    """Whether the least trace is far from degenerate, so that the plain iteration reaches it."""
    spectra = [np.linalg.svd(matrix, compute_uv=False)
               for matrix in (form, inputs @ form.T, gradient @ form)]
    return all(spectrum[min(form.shape[1], len(spectrum)) - 1] > 1e-5 * spectrum[0]
               for spectrum in spectra)


def layered_orbit_minimum(outer, inner, linear, inputs, active):
    """The least trace over rescalings of neurons and invertible maps between layers, by the block updates of
    the whole layers, and the neurons' shares of it."""
    value = np.where(active, inputs @ inner.T, 0)
    used = (outer != 0) & ((value**2).sum(axis=0) > 0)
    outer, inner, active, value = outer[used], inner[used], active[:, used], value[:, used]
    left, singular, right = np.linalg.svd(inner, full_matrices=False)
    rank = (singular > 1e-12 * singular[0]).sum()
    root = np.diag(singular[:rank]**(1 / (len(linear) + 1)))
    layers = [root @ right[:rank], *[root] * (len(linear) - 1), left[:, :rank] @ root]
    gradient = outer * active
    n = len(inputs)

    def power(matrix, exponent):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(np.maximum(values, 1e-30 * values[-1])**exponent) @ vectors.T

    least = np.inf
    for _ in range(3000):
        for space in range(len(linear)):
            z, u = inputs, gradient
            for layer in layers[:space + 1]:
                before, z = z, z @ layer.T
            for layer in layers[:space + 1:-1]:
                u = u @ layer
            p = (u @ layers[space + 1])
            p = (p.T * (before**2).sum(axis=1)) @ p / n
            c = (z.T * (u**2).sum(axis=1)) @ z / n
            half, back = power(c, 0.5), power(c, -0.5)
            move = power(back @ power(half @ p @ half, 0.5) @ back, 0.5)
            layers[space] = move @ layers[space]
            layers[space + 1] = layers[space + 1] @ np.linalg.inv(move)
        z = inputs
        for layer in layers[:-1]:
            z = z @ layer.T
        a_part = (value**2).sum(axis=0) / n
        factors = (((z**2).sum(axis=1) @ gradient**2 / n) / a_part)**0.25
        value, gradient = value * factors, gradient / factors
        layers[-1] = factors[:, None] * layers[-1]
        shares = (value**2).sum(axis=0) / n
        now = shares.sum() + sum(layered_traces(layers[:-1], layers[-1], inputs, gradient))
        if not now < least * (1 - 1e-13):
            break
        least = now
    return now, shares


def check_layers(where, figures, outer, inner, linear, inputs, active):
    """The figures of flatness of a network with linear layers; where a sign is in doubt, nothing is checked."""
    outer, inner, inputs, *linear = (array.astype(np.float64)
                                     for array in (outer, inner, inputs, *linear))
    form = np.linalg.multi_dot([inner, *linear[::-1]])
    hidden = inputs
    for layer in linear:
        hidden = hidden @ layer.T
    value = np.where(active, hidden @ inner.T, 0)
    trace = (value**2).mean(axis=0).sum() + sum(layered_traces(linear, inner, inputs, outer * active))
    agree(where, "flatness_trace", figures["flatness_trace"], trace)
    least, shares = layered_orbit_minimum(outer, form, linear, inputs, active)
    agree(where, "flatness_orbit_min", figures["flatness_orbit_min"], least,
          floor=0.0 if well_conditioned(form, inputs, outer * active) else 1e-2 * least)
    if not figures["flatness_orbit_min"] <= least * (1 + RELATIVE):
        complain(f"{where}: flatness_orbit_min is {figures['flatness_orbit_min']!r}, above {least!r}, "
                 "which a member of the orbit has")
    agree(where, "effective_neurons", figures["effective_neurons"],
          shares.sum()**2 / (shares**2).sum(), floor=1e-3 * len(outer))
    norm = sum((array**2).sum() for array in (outer, inner, *linear))
    agree(where, "parameter_norm", figures["parameter_norm"], np.sqrt(norm))
    if not figures["representation_cost"] <= norm * (1 + 1e-9):
        complain(f"{where}: the representation cost exceeds the squared norm of the parameters")


def check_point(where, figures, network, data, tolerance, deviations, trains_outer, frozen, shared, linear=()):
    """Of a network with biases `inner` has them in one more column, and `inputs` a column of ones; of one with
    linear layers `inner` is their product with the inner weights. `deviations` are the standard deviations of the
    inputs. Biases that are `frozen` and outer weights that are not trained are no parameters and leave no rescaling;
    `shared`: all neurons have one direction, a parameter once."""
    outer, inner = network
    inputs, labels, coefficients, directions = data
    biases = inner.shape[1] - directions.shape[1]
    n = EXTENDED(len(labels))
    z = inputs @ inner.T  # [n, m]
    # Both programs know z only up to this; the computed sign may be either within it.
    size = np.abs(inputs) @ np.abs(inner).T
    kink = np.abs(z) <= 2 * inner.shape[1] * EPSILON * size
    kink &= size > 0
    on = (z > 0) & ~kink
    maybe = on | kink

    residual = np.maximum(z, 0) @ outer - labels
    loss = (residual**2).sum() / (2 * n)
    # |f| is known to (d + m) eps times the sum of the absolute values of its terms.
    rounding = (sum(inner.shape) + 2) * EPSILON * (size @ np.abs(outer) + np.abs(labels))
    floor = (np.abs(residual) * rounding + rounding**2 / 2).sum() / n
    agree(where, "train_loss", figures["train_loss"], loss, floor=float(floor))
    relative = 2 * loss * n / (labels**2).sum()
    doubt = 2 * floor * n / (labels**2).sum()
    interpolates = figures["interpolates"] == 1
    if (relative > tolerance + doubt) if interpolates else (relative < tolerance - doubt):
        complain(f"{where}: interpolates is {figures['interpolates']} at relative squared residual "
                 f"{relative:.3g}")

    weights = np.concatenate([outer, -coefficients])
    vectors = inner[:, :directions.shape[1]]  # without biases
    if biases:
        thresholds = np.concatenate([inner[:, -1], np.zeros(len(coefficients))])
        expected, terms = biased_population_loss(weights, np.vstack([vectors, directions]) * deviations,
                                                 thresholds)
        floor = 20 * EPSILON * float(terms)
    else:
        expected, terms = population_loss(weights, np.vstack([inner, directions]) * deviations)
        floor = 100 * EXTENDED_EPSILON * float(terms)
    agree(where, "population_loss", figures["population_loss"], expected, floor=floor)
    agree(where, "population_loss_stderr", figures["population_loss_stderr"], 0.0)

    # Per neuron A = (1/n) sum relu(z)^2 and B = (a^2/n) sum relu'(z) |x|^2.
    a_part = (np.maximum(z, 0)**2).sum(axis=0) / n
    squares = (inputs**2).sum(axis=1) - frozen
    b_part = [outer**2 * (squares @ active) / n for active in (on, maybe)]
    if linear:
        if not kink.any():
            check_layers(where, figures, outer, linear[-1], linear[:-1], inputs, on)
    else:
        # Fixed outer weights are no part of the Hessian.
        trace = [(a_part * trains_outer + b).sum() for b in b_part]
        shares = [2 * np.sqrt(a_part * b) if trains_outer and not frozen else a_part * trains_outer + b
                  for b in b_part]
        orbit = [share.sum() for share in shares]
        if shared:  # in c = sqrt(m) a and theta
            orbit = trace = [a_part.mean() + (squares * (active @ outer)**2).sum() / n
                             for active in (on, maybe)]
        agree(where, "flatness_trace", figures["flatness_trace"], *trace)
        agree(where, "flatness_orbit_min", figures["flatness_orbit_min"], *orbit)
        # The participation ratio of the contributions to the orbit minimum.
        agree(where, "effective_neurons", figures["effective_neurons"],
              *sorted(share.sum()**2 / (share**2).sum() for share in shares))
        weights = inner[:1, :directions.shape[1]] if shared else inner[:, :directions.shape[1]] if frozen else inner
        agree(where, "parameter_norm", figures["parameter_norm"],
              np.sqrt((outer**2).sum() * (len(outer) if shared else 1) + (weights**2).sum()))
    agree(where, "flatness_residual_part", figures["flatness_residual_part"], 0.0)

    norms = np.sqrt((vectors**2).sum(axis=1))
    agree(where, "path_norm", figures["path_norm"], (np.abs(outer) * norms).sum())
    agree(where, "active_neurons", figures["active_neurons"],
          *[((outer != 0) & active.any(axis=0)).sum() for active in (on, maybe)])
    if "activation_rate" in figures:
        rates = [active[:, (outer != 0) & active.any(axis=0)].mean(axis=0) for active in (on, maybe)]
        agree(where, "activation_rate", figures["activation_rate"], *sorted(rate.mean() for rate in rates))
        agree(where, "sparse_neurons", figures["sparse_neurons"],
              *sorted((rate <= 0.1).mean() for rate in rates))
    # The share of the path norm's weight in the span of the index directions.
    basis = np.linalg.qr(directions.T.astype(np.float64))[0]
    weights = np.abs(outer) * norms
    inside = ((vectors @ basis)**2).sum(axis=1) / np.where(norms > 0, norms**2, 1)
    agree(where, "index_alignment", figures["index_alignment"],
          (weights * inside).sum() / weights.sum())


def check_status(where, algorithm, figures, training, mean_square):
    """Cut short is what took all its steps and was above the hand-over loss then."""
    expected = DONE if figures["interpolates"] == 1 else NOT_INTERPOLATING
    if algorithm in TRAINED and training["polish"] == "no":
        expected = DONE
    elif algorithm in TRAINED and figures["steps"] == float(training["steps"]):
        relative = 2 * figures["train_loss_before_polish"] / mean_square
        handover = float(training["handover-loss"])
        # Of corrupted the hand-over is on other samples, and within rounding either is right.
        if algorithm == "corrupted" or abs(relative / handover - 1) < RELATIVE:
            expected = figures["status"]
        elif relative > handover:
            expected = CUT_SHORT
    if figures["status"] != expected:
        complain(f"{where}: status {figures['status']}, not {expected}")


def check_index_spectrum(where, figures, network, directions):
    """Eigenvalues of E grad f grad f^T = W^T diag(a) K diag(a) W, K = (pi - angle) / 2 pi."""
    outer, inner = (array.astype(np.float64) for array in network)
    used = (outer != 0) & (inner != 0).any(axis=1)
    outer, inner = outer[used], inner[used]
    units = inner / np.linalg.norm(inner, axis=1)[:, None]
    angle = 2 * np.arctan2(np.linalg.norm(units[:, None] - units[None], axis=2),
                           np.linalg.norm(units[:, None] + units[None], axis=2))
    weighted = outer[:, None] * inner
    values, vectors = np.linalg.eigh(weighted.T @ ((np.pi - angle) / (2 * np.pi)) @ weighted)
    values, leading = values[::-1], vectors[:, :-len(directions) - 1:-1]
    basis = np.linalg.qr(directions.T.astype(np.float64))[0]
    agree(where, "index_dimension", figures["index_dimension"],
          values.sum()**2 / (values**2).sum(), floor=1e-7)
    agree(where, "index_tail", figures["index_tail"],
          values[len(directions):].sum() / values.sum(), floor=1e-7)
    agree(where, "index_recovery", figures["index_recovery"],
          ((basis.T @ leading)**2).sum() / len(directions), floor=1e-6)


def check_bound(where, name, figures, inputs, labels, multipliers):
    """The multipliers l prove the lower bound: |l . relu(X w)| <= g(w) in every direction w, of which
    thousands are tried; then no interpolator costs less than l . y. g(w) = 2 sqrt(A B) at a = 1, or of
    the path norm ||w||."""
    directions = np.random.default_rng(1).standard_normal((inputs.shape[1], 20000))
    # Near the samples' great circles too, where the highest peaks are.
    sample = inputs[np.arange(10000) % len(inputs)]
    aside = directions[:, :10000].T
    aside = aside - sample * ((aside * sample).sum(axis=1) / (sample**2).sum(axis=1))[:, None]
    directions = np.hstack([directions, aside.T + 1e-12 * sample.T, aside.T - 1e-12 * sample.T])
    z = inputs @ directions
    if name == "path_norm_lower_bound":
        price = np.linalg.norm(directions, axis=0)
    else:
        price = 2 * np.sqrt((np.maximum(z, 0)**2).mean(axis=0)
                            * ((inputs**2).sum(axis=1) @ (z > 0)) / len(inputs))
    used = price > 0
    kappa = (np.abs(multipliers @ np.maximum(z, 0))[used] / price[used]).max()
    if not kappa <= 1 + 1e-9:
        complain(f"{where}: the multipliers exceed the price of a direction by {kappa - 1:.3g}")
    agree(where, name, figures[name], multipliers @ labels)


def check_budget(where, worst, flattest, most):
    """Of the worst within a flatness: the ratio to the flattest of the same data, and its limit."""
    agree(where, "flatness_ratio", worst["flatness_ratio"],
          worst["flatness_orbit_min"] / flattest["flatness_orbit_min"])
    if not worst["flatness_ratio"] <= most * (1 + 1e-6):
        complain(f"{where}: flatness_ratio is {worst['flatness_ratio']!r}, above worst.ratio = {most}")
    if "worst_loss_bound" in worst and not worst["worst_loss_bound"] >= worst["population_loss"]:
        complain(f"{where}: worst_loss_bound is {worst['worst_loss_bound']!r}, below the loss")
    if not worst["population_loss"] >= flattest["population_loss"] * (1 - 1e-6):
        complain(f"{where}: the flattest has a larger population loss")


def check_history(where, history, end):
    """A step is measured wholly or not at all, none after the algorithm's end, which is the last."""
    known = np.isfinite(history[:-1])
    if not np.array_equal(known.all(axis=1), known.any(axis=1)):
        complain(f"{where}: a step of the history is half NaN")
    if np.any(np.diff(known.any(axis=1).astype(int)) > 0):
        complain(f"{where}: the history has a gap")
    if not np.array_equal(history[-1], end, equal_nan=True):
        complain(f"{where}: the history ends with {history[-1]}, not {end}")


def check_data(results):
    data = results["data"]
    for s, seed in enumerate(results["seed"][:]):
        inputs, directions, coefficients = (
            data[name][s].astype(EXTENDED) for name in ("inputs", "index_directions", "coefficients"))
        target = np.maximum(inputs @ directions.T, 0) @ coefficients
        difference = np.abs(target - data["target"][s]).max()
        if not difference <= 1e-13 * np.abs(target).max():
            complain(f"seed {seed}: the labels are not the target's (difference {difference:.3g})")
        if not np.abs((directions**2).sum(axis=1) - 1).max() <= 1e-14:
            complain(f"seed {seed}: the index directions are not of length 1")


def check_figures(results):
    config = configuration(results)
    covered = {("network", "activation"): ["relu"], ("problem", "inputs"): ["gaussian", "gaussian-spiked"],
               ("problem", "target"): ["sum"], ("problem", "link"): ["relu"]}
    for (section, key), values in covered.items():
        if config.get(section, key) not in values:
            sys.exit(f"{results.filename}: {section}.{key} = {config.get(section, key)} is not "
                     "covered by this program")
    tolerance = config.getfloat("training", "interpolation-tolerance")
    algorithms = results["algorithm"].asstr()[:]
    axes = [algorithms] + [results[name][:] for name in GRID[1:]]
    status = results["status"][:]
    figures = {name: results[name][:] for name in listed(results)}
    history = ([results[f"history/{name}_history"][:] for name in HISTORY]
               if "history" in results else [])
    data = {name: item[:] for name, item in results["data"].items()}
    dimension = config.getint("problem", "dimension")
    deviations = np.full(dimension, config.getfloat("problem", "input-scale", fallback=1), EXTENDED)
    if config.get("problem", "inputs") == "gaussian-spiked":
        rest = (EXTENDED(config.get("problem", "effective-dimension")) - 1) / (dimension - 1)
        deviations[1:] *= np.sqrt(rest)
    trains_outer = config.get("network", "outer", fallback="trained") == "trained"
    recomputed = 0
    for position in np.ndindex(status.shape):
        algorithm, samples, noise, width, seed = (axis[k] for axis, k in zip(axes, position))
        where = f"{algorithm}, samples {samples}, noise {noise}, width {width}, seed {seed}"
        point = {name: values[position] for name, values in figures.items()}
        point["status"] = status[position]
        if history:
            check_history(where, np.stack([values[position] for values in history], axis=-1),
                          [point[name] for name in HISTORY])
        if point["status"] not in (DONE, NOT_INTERPOLATING, CUT_SHORT):
            measured = [name for name in figures if np.isfinite(point[name]) and name not in FLAGS]
            allowed = {} if point["status"] == PENDING else {"steps", "seconds", "polish_iterations"}
            if not set(measured) <= set(allowed):
                complain(f"{where}: status {point['status']}, yet there are figures: {measured}")
            continue
        w, s = position[3], position[4]
        row = position[:3] + (s,)
        group = results[f"networks/width_{axes[3][w]}"]
        network = [group[name][row].astype(EXTENDED) for name in ("outer", "inner")]
        inputs = data["inputs"][s, :samples]
        linear = [group[name][row].astype(EXTENDED) for name in linear_layers(results)]
        layers = [*linear, network[1]] if linear else []
        for layer in linear[::-1]:
            network[1] = network[1] @ layer
        if "bias" in group:
            if bias_kind(results) == "trained":
                check_extreme_samples(where, point, inputs)
            network[1] = np.hstack([network[1], group["bias"][row].astype(EXTENDED)[:, None]])
            inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
        labels = data["target"][s, :samples] + noise * data["label_noise"][s, :samples]
        extended = [array.astype(EXTENDED) for array in (
            inputs, labels, data["coefficients"][s],
            data["index_directions"][s])]
        plain, settings = split_label(algorithm, config)
        check_point(where, point, network, extended, tolerance, deviations, trains_outer,
                    bias_kind(results) == "frozen", plain == "single-index", layers)
        if plain == "single-index":
            agree(where, "alignment", point["alignment"],
                  extended[-1][0] @ network[1][0, :-1] / np.sqrt((network[1][0, :-1]**2).sum()))
        training = {**config["training"], **{key: value for (_, key), value in settings.items()}}
        if "stability_fraction" in point:
            rate = training["learning-rate"]
            if rate != "auto":
                agree(where, "stability_fraction", point["stability_fraction"],
                      float(rate) * point["hessian_top_eigenvalue"] / 2)
            elif not np.isnan(point["stability_fraction"]):
                complain(f"{where}: stability_fraction with training.learning-rate = auto")
        check_status(where, plain, point, training, (labels**2).mean())
        for name in ("flatness_lower_bound", "path_norm_lower_bound"):
            if point.get(f"{name}_kind", 0) > 0:
                check_bound(where, name, point, inputs, labels,
                            group["multipliers"][row][:samples])
        if "index_dimension" in point and "bias" not in group:
            check_index_spectrum(where, point, network, extended[-1])
        if plain == "worst" and point["status"] == DONE and "flattest" in algorithms:
            least = (list(algorithms).index("flattest"), *position[1:])
            check_budget(where, point, {name: values[least] for name, values in figures.items()},
                         float(settings.get(("worst", "ratio"), config.get("worst", "ratio"))))
        for name in figures.keys() & BY_KEY.keys():
            if not np.isfinite(point[name]):
                complain(f"{where}: {name} was asked for, yet is {point[name]!r}")
        most = int(training["steps"])
        if np.isfinite(point["steps"]) and not 0 <= point["steps"] <= most:
            complain(f"{where}: steps is {point['steps']!r}")
        recomputed += 1
    return recomputed


def configuration(results):
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(results.attrs["config"])
    return config


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_results_file.py RESULTS")
    file = sys.argv[1]
    with h5py.File(file, "r") as results:
        expected = expected_dimensions(results)
        check_layout_with_h5py(results, expected)
        check_checksums(results)
        check_variants(results)
        check_data(results)
        recomputed = check_figures(results)
    check_layout_with_xarray(file, expected)
    check_layout_with_ncdump(file, expected)
    for problem in problems:
        print(f"{file}: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{file}: {len(expected)} datasets and every figure of {recomputed} points agree")


if __name__ == "__main__":
    main()
