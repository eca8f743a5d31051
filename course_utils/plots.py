"""Figures that several chapters share; each takes and returns an Axes.

Colours tell apart for colour-blind readers and in greyscale: ``cividis`` and
greys for amounts, ``RdBu_r`` around zero, Okabe and Ito's palette for lines.
matplotlib comes with the caller's Axes, so that importing this module loads
nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#6e6e6e"


def digits(axes, images, captions: Sequence[str] | None = None, columns: int = 10):
    """Draw images side by side, in rows, dark ink on light ground.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    images : array of shape (N, H, W)
        Grey values; each image is scaled to its own darkest value.
    captions : sequence of N str, optional
        A short text above each image.
    columns : int
        Images in a row.

    Returns
    -------
    matplotlib.axes.Axes
    """
    gap = 10 if captions is not None else 2
    sheet, corners = _sheet(images, columns, gap, blank=0)
    for (top, left), caption in zip(corners, captions or (), strict=False):
        middle = left + np.shape(images)[2] / 2
        axes.text(middle, top - 2, caption, ha="center", size=9)
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=1)
    axes.axis("off")
    return axes


def signed_maps(axes, maps, columns: int = 8):
    """Draw maps of positive and negative numbers, white at zero.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    maps : array of shape (N, H, W)
        Weights, say; every map has its own scale, symmetric around zero.
    columns : int
        Maps in a row.

    Returns
    -------
    matplotlib.axes.Axes
    """
    sheet, _ = _sheet(maps, columns, gap=2, blank=np.nan)
    axes.imshow(sheet, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.axis("off")
    return axes


def _sheet(images, columns, gap, blank):
    """Lay (N, H, W) images on one sheet; return it and their upper left corners.

    Each image is divided by its own largest absolute value.
    """
    images = np.asarray(images, dtype="float32")
    count, height, width = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap), columns * (width + 2)), blank, "float32")
    corners = []
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = row * (height + gap) + gap, column * (width + 2) + 1
        largest = max(float(np.abs(image).max()), 1e-9)
        sheet[top : top + height, left : left + width] = image / largest
        corners.append((top, left))
    return sheet, corners


def learning_curves(axes, training, validation, quantity: str):
    """Draw a training and a validation curve over the epochs.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    training, validation : sequences of E numbers
        One value per epoch.
    quantity : str
        Name of the vertical axis, with its unit where it has one.

    Returns
    -------
    matplotlib.axes.Axes
    """
    epochs = np.arange(1, len(training) + 1)
    axes.plot(epochs, training, "o-", color=BLUE, label="training")
    axes.plot(epochs, validation, "s--", color=ORANGE, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel(quantity)
    axes.legend()
    return axes


def confusion(axes, matrix):
    """Draw a confusion matrix with its counts; colour marks mistakes.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    matrix : array of shape (C, C)
        Row: true class; column: predicted class; counts.

    Returns
    -------
    matplotlib.axes.Axes
    """
    matrix = np.asarray(matrix)
    mistakes = matrix.astype(float)
    np.fill_diagonal(mistakes, 0)
    axes.imshow(mistakes, cmap="Blues")
    half = mistakes.max() / 2
    for (row, column), amount in np.ndenumerate(matrix):
        dark = row != column and mistakes[row, column] > half
        axes.text(
            column,
            row,
            str(amount),
            ha="center",
            va="center",
            size=8,
            color="white" if dark else "black",
        )
    axes.set_xticks(range(len(matrix)))
    axes.set_yticks(range(len(matrix)))
    axes.set_xlabel("predicted digit")
    axes.set_ylabel("true digit")
    return axes


def network(axes, widths: Sequence[int], names: Sequence[str]):
    """Draw a fully connected network: a circle a neuron, a line a weight.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    widths : sequence of int
        Neurons in each layer, from the inputs to the outputs.
    names : sequence of str
        What is written below each layer.

    Returns
    -------
    matplotlib.axes.Axes
    """
    layers = [np.arange(width) - (width - 1) / 2 for width in widths]
    for left, (before, after) in enumerate(pairwise(layers)):
        for start in before:
            ends = np.column_stack([np.full(len(after), start), after])
            axes.plot([left, left + 1], ends.T, color=GREY, linewidth=0.6, zorder=1)
    for place, (heights, name) in enumerate(zip(layers, names, strict=True)):
        axes.scatter(
            np.full(len(heights), place),
            heights,
            s=160,
            color=GREEN if place == 0 else BLUE,
            marker="s" if place == 0 else "o",
            edgecolor="white",
            zorder=2,
        )
        below = -max(widths) / 2 - 0.3
        axes.text(place, below, name, ha="center", va="top", size=9)
    axes.set_xlim(-0.5, len(widths) - 0.5)
    axes.set_ylim(-max(widths) / 2 - 1.6, max(widths) / 2)
    axes.axis("off")
    return axes
