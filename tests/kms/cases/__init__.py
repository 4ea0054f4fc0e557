# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines of the KMS tests, and which cases judge what each of them leaves behind."""

from dataclasses import dataclass, field

from . import drawn, genlock, session, virtio, vkms
from .look import judge

__all__ = ["MACHINES", "Machine", "judge"]


@dataclass
class Machine:
    script: str
    cases: list
    devices: list = field(default_factory=list)
    limit_s: int = 400
    uml: str = None  # user-mode Linux (uml.py): "virtual" or "real" time; None: QEMU
    named: bool = False  # runs only when asked for by name
    seconds: int = 12  # how long it draws, in its own time, unless --seconds says otherwise


GENLOCK = [
    vkms.machine_flips_udmabufs_at_the_modes_rate,
    genlock.at_most_one_vblank_in_10000_is_missed,
    genlock.pictures_come_within_a_millisecond_before_the_latch,
    genlock.every_refresh_is_told_once,
    genlock.a_picture_is_committed_within_a_millisecond_of_its_doorbell,
]

SCANOUT = [
    drawn.gl_draws_into_udmabufs,
    drawn.surfaces_on_the_display_outlive_a_lost_context,
    drawn.drawn_frames_are_on_the_plane_itself,
    drawn.nothing_is_copied_for_them,
    drawn.drawn_pixels_are_right,
    drawn.drawn_frames_and_the_pointer_share_the_refresh,
    drawn.a_pointer_without_a_plane_is_drawn_into_them,
]

REFUSALS = [
    drawn.what_the_plane_refuses_while_it_draws_is_replaced,
    drawn.commits_that_fail_after_their_test_cost_their_own_time_only,
    drawn.without_a_panel_it_waits_for_one,
]

MACHINES = {
    "vkms": Machine("vkms.sh", [
        vkms.machine_flips_udmabufs_at_the_modes_rate,
        vkms.frames_are_flipped_without_a_gap,
        vkms.the_guests_picture_is_on_the_primary_plane,
        vkms.ticks_have_the_flips_times,
        vkms.the_guest_sees_every_refresh,
        vkms.the_cursor_is_on_its_plane,
        vkms.the_mode_list_reaches_the_guest,
        vkms.the_kiosk_ends_well,
        vkms.a_killed_kiosk_is_replaced,
        vkms.ticks_go_on_while_another_terminal_is_shown,
        vkms.a_picture_of_another_size_is_scaled,
        vkms.what_the_screen_can_do_is_said,
    ]),
    "scanout": Machine("scanout.sh", SCANOUT, limit_s=900),
    "terminals": Machine("terminals.sh", [vkms.two_hundred_terminal_switches_lose_nothing]),
    "control": Machine("control.sh", [
        virtio.statistics_are_on_a_plane_of_their_own,
    ]),
    "virtio": Machine("virtio.sh", [
        virtio.frames_are_seen_from_outside,
        virtio.a_refused_udmabuf_becomes_a_dumb_buffer,
        virtio.keys_reach_the_guest,
        virtio.pointer_reaches_the_guest,
        virtio.a_plugged_in_output_becomes_a_second_display,
        virtio.a_panel_that_comes_back_shows_its_display_again,
        virtio.two_connectors_show_one_display,
        virtio.two_connectors_take_the_same_buffer,
        virtio.a_pulled_out_output_leaves_the_first_running,
        virtio.drawn_surfaces_live_in_dumb_buffers,
        virtio.a_start_without_a_panel_lights_up_the_one_that_comes,
    ], limit_s=900, devices=["-device", "virtio-gpu-pci,id=gpu0,max_outputs=2,xres=800,yres=600",
        "-vnc", "unix:{run}/vnc,display=gpu0,head=1",
        "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"]),
    "session": Machine("session.sh", [
        session.an_ordinary_user_has_the_screen,
        session.keys_of_two_keyboards_go_up_with_the_last,
        session.wheels_and_touchpads_scroll_through_libinput,
        session.the_chord_switches_terminals_and_leaves_no_key_down,
        session.other_programs_see_the_screen_as_it_is,
        session.a_night_light_is_in_the_screens_table,
        session.a_finger_stays_on_its_panel,
    ], limit_s=900, devices=["-device", "virtio-gpu-pci,id=gpu0,max_outputs=2,xres=800,yres=600",
        "-vnc", "unix:{run}/vnc,display=gpu0,head=1"]),
    "gbm": Machine("gbm.sh", [drawn.surfaces_come_out_of_gbm], limit_s=900, devices=["-device",
        "virtio-gpu-pci,id=gpu0,xres=800,yres=600"]),
    # The same in both kinds of time. In the real one the genlock.host's other work shows.
    "uml": Machine("uml.sh", GENLOCK, uml="virtual", limit_s=900, seconds=180),
    "uml-real": Machine("uml.sh", GENLOCK, uml="real", limit_s=900, named=True, seconds=180),
    "scanout-uml": Machine("scanout.sh", SCANOUT, uml="virtual", limit_s=900, seconds=30),
    "refusals": Machine("refusals.sh", REFUSALS, uml="virtual", limit_s=900),
    "scanout-uml-real": Machine("scanout.sh", SCANOUT, uml="real", limit_s=900, named=True,
        seconds=60),
}
