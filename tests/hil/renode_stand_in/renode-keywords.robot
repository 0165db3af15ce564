# SPDX-License-Identifier: MIT
*** Settings ***
Documentation       What renode-test adds to every suite, with the emulator replaced.
Library             monitor.py
