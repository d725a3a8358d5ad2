// The program. Everything is in consumers/cli, so that tests can call it.

#include "consumers/cli/main.h"

int main(int argc, char** argv) {
  return caseclock::cli::Main(argc, argv);
}
