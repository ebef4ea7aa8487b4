/* The tests of kernel_test.c, a file for each subject. `folder` holds the modules. */
#ifndef SUBJECTS_H
#define SUBJECTS_H

void life_tests(const char *folder);
void imports_tests(const char *folder);
void timers_tests(const char *folder);
void engine_tests(const char *folder);

#endif
