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
    "zwlr_output_manager_v1": ("create_configuration stop", {"head": "new_id", "done": "uint",
        "finished": ""}),
    "zwlr_output_head_v1": ("release", {"name": "string", "description": "string",
        "physical_size": "int int", "mode": "new_id", "enabled": "int", "current_mode": "uint",
        "position": "int int", "transform": "int", "scale": "fixed", "finished": "",
        "make": "string", "model": "string", "serial_number": "string", "adaptive_sync": "uint"}),
    "zwlr_output_mode_v1": ("release", {"size": "int int", "refresh": "int", "preferred": "",
        "finished": ""}),
    "zwlr_output_configuration_v1": ("enable_head disable_head apply test destroy",
        {"succeeded": "", "failed": "", "cancelled": ""}),
    "zwlr_output_configuration_head_v1": ("set_mode set_custom_mode set_position set_transform "
        "set_scale set_adaptive_sync", {}),
    "zwlr_output_power_manager_v1": ("get_output_power destroy", {}),
    "zwlr_output_power_v1": ("set_mode destroy", {"mode": "uint", "failed": ""}),
    "zwlr_virtual_pointer_manager_v1":
        ("create_virtual_pointer destroy create_virtual_pointer_with_output", {}),
    "zwlr_virtual_pointer_v1": ("motion motion_absolute button axis frame axis_source axis_stop "
        "axis_discrete destroy", {}),
    "zwp_virtual_keyboard_manager_v1": ("create_virtual_keyboard", {}),
    "zwp_virtual_keyboard_v1": ("keymap key modifiers destroy", {}),
}


MADE = {("zwlr_output_manager_v1", "head"): "zwlr_output_head_v1",
    ("zwlr_output_head_v1", "mode"): "zwlr_output_mode_v1"}


def learn_wlr():
    wlclient.MADE.update(MADE)
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
