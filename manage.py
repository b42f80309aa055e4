#!/usr/bin/env python3
"""Django's command line for 支部学习会."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyapp.settings")
    from django.core.management import execute_from_command_line

    from studyapp.env import WrongValue

    try:
        execute_from_command_line(sys.argv)
    except WrongValue as error:
        # A sentence is enough: where in the code it was read helps nobody.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
