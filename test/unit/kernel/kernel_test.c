/* The kernel with real modules, on a board of mocks. Run with the folder that holds the modules. */
#include "check.h"
#include "kernel.h"
#include "subjects.h"

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	life_tests(argv[1]);
	imports_tests(argv[1]);
	timers_tests(argv[1]);
	engine_tests(argv[1]);
	mote_shutdown();
	return 0;
}
