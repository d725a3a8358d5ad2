#pragma once

// One function a subcommand: adds it and its options to the command line.

#include "consumers/cli/arguments.h"

namespace caseclock::cli {

void AddRun(Command root);
void AddEngine(Command root);
void AddTopics(Command root);
void AddSend(Command root);
void AddSimulate(Command root);
void AddBacklog(Command root);
void AddAlerts(Command root);
void AddCases(Command root);
void AddExplain(Command root);
void AddPolicy(Command root);
void AddCalendar(Command root);
void AddMigrate(Command root);
void AddState(Command root);
void AddRejects(Command root);
void AddSources(Command root);

}  // namespace caseclock::cli
