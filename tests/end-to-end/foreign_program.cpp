// SPDX-License-Identifier: MIT
// Stands in for a program that was built for another processor: its first constructor is an illegal instruction.
static const int before_main = (__builtin_trap(), 0);

int main() { return before_main; }
