/* A failed check prints where and stops the program: what follows would only be noise. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                                   \
	do {                                                                                                               \
		if (!(condition)) {                                                                                        \
			fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__, #condition);               \
			exit(1);                                                                                           \
		}                                                                                                          \
	} while (0)

#define RUN(test)                                                                                                          \
	do {                                                                                                               \
		test();                                                                                                    \
		printf("ok %s\n", #test);                                                                                  \
	} while (0)

#endif
