# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the look-up table of a DRM device's first CRTC, as the kernel has it: lut.py CARD

A line of three numbers, 0 to 65535, for each entry; nothing when there is no table.
"""
import ctypes
import os
import struct
import sys

OBJECT_CRTC = 0xcccccccc
drm = ctypes.CDLL("libdrm.so.2")


class Resources(ctypes.Structure):
    _fields_ = [("count_fbs", ctypes.c_int), ("fbs", ctypes.POINTER(ctypes.c_uint32)),
        ("count_crtcs", ctypes.c_int), ("crtcs", ctypes.POINTER(ctypes.c_uint32))]


class Properties(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint32), ("props", ctypes.POINTER(ctypes.c_uint32)),
        ("values", ctypes.POINTER(ctypes.c_uint64))]


class Property(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("name", ctypes.c_char * 32)]


class Blob(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint32), ("length", ctypes.c_uint32), ("data", ctypes.c_void_p)]


drm.drmModeGetResources.restype = ctypes.POINTER(Resources)
drm.drmModeObjectGetProperties.restype = ctypes.POINTER(Properties)
drm.drmModeGetProperty.restype = ctypes.POINTER(Property)
drm.drmModeGetPropertyBlob.restype = ctypes.POINTER(Blob)
drm.drmSetClientCap.argtypes = [ctypes.c_int, ctypes.c_uint64, ctypes.c_uint64]

fd = os.open(sys.argv[1], os.O_RDWR)
drm.drmSetClientCap(fd, 3, 1) # atomic: or some properties are not told
resources = drm.drmModeGetResources(fd)
properties = drm.drmModeObjectGetProperties(fd, resources.contents.crtcs[0], OBJECT_CRTC)
for i in range(properties.contents.count):
    prop = drm.drmModeGetProperty(fd, properties.contents.props[i])
    value = properties.contents.values[i]
    if prop.contents.name == b"GAMMA_LUT" and value != 0:
        blob = drm.drmModeGetPropertyBlob(fd, ctypes.c_uint32(value)).contents
        for entry in struct.iter_unpack("<HHHH", ctypes.string_at(blob.data, blob.length)):
            print(*entry[:3])
