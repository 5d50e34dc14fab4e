// SPDX-License-Identifier: MIT
// A program for another processor: already a constructor of it is an illegal instruction.
static const int before_main = (__builtin_trap(), 0);

int main() { return before_main; }
