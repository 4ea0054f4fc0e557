# SPDX-License-Identifier: GPL-2.0-or-later
"""Protocols that the kiosk offers, for wlclient.Client: requests, and events with their arguments.

wayland-protocols has the files of some; those of the wlr family come with no package that the tests
need, so their requests and events are listed here, in the order that gives them their numbers.
"""
import os

import wlclient
from rig import Skip

FILES = "/usr/share/wayland-protocols/"
WLR = {
    "zwlr_screencopy_manager_v1": ("capture_output capture_output_region destroy", {}),
    "zwlr_screencopy_frame_v1": ("copy destroy copy_with_damage", {
        "buffer": "uint uint uint uint", "flags": "uint", "ready": "uint uint uint", "failed": "",
        "damage": "uint uint uint uint", "linux_dmabuf": "uint uint uint", "buffer_done": ""}),
    "zwlr_export_dmabuf_manager_v1": ("capture_output destroy", {}),
    "zwlr_export_dmabuf_frame_v1": ("destroy", {
        "frame": "uint uint uint uint uint uint uint uint uint uint",
        "object": "uint fd uint uint uint uint", "ready": "uint uint uint", "cancel": "uint"}),
    "zwlr_gamma_control_manager_v1": ("get_gamma_control destroy", {}),
    "zwlr_gamma_control_v1": ("set_gamma destroy", {"gamma_size": "uint", "failed": ""}),
    "zwlr_output_power_manager_v1": ("get_output_power destroy", {}),
    "zwlr_output_power_v1": ("set_mode destroy", {"mode": "uint", "failed": ""}),
    "zwlr_virtual_pointer_manager_v1":
        ("create_virtual_pointer destroy create_virtual_pointer_with_output", {}),
    "zwlr_virtual_pointer_v1": ("motion motion_absolute button axis frame axis_source axis_stop "
        "axis_discrete destroy", {}),
    "zwp_virtual_keyboard_manager_v1": ("create_virtual_keyboard", {}),
    "zwp_virtual_keyboard_v1": ("keymap key modifiers destroy", {}),
}


def learn_wlr():
    for name, (requests, events) in WLR.items():
        wlclient.INTERFACES[name] = (requests.split(),
            {event: kinds.split() for event, kinds in events.items()})


def learn(*paths):
    """Protocols by their files: of wayland-protocols, or absolute."""
    for path in paths:
        full = os.path.join(FILES, path)
        if not os.path.exists(full):
            raise Skip(f"{full} is not installed")
        wlclient.learn(full)


def learn_core():
    learn("/usr/share/wayland/wayland.xml", "stable/xdg-shell/xdg-shell.xml")
