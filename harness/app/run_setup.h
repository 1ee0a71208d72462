#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/app/bench.h"
#include "harness/app/catalogue.h"
#include "harness/app/run_command.h"
#include "harness/app/temporary_folder.h"

namespace keyrig::app {

/// A run that can begin: its arguments understood, its common parts made.
struct RunSetup {
  Catalogue catalogue;
  std::vector<const scenario::Scenario*> selected;
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<device::Operator> person;  // hid: only
  BenchOptions bench;
};

/// An error says what is wrong with the arguments.
Result<RunSetup, Error> SetUp(const RunArguments& arguments);

/// Looks at a physical key before anything is done to it; an error says why it is not used.
Result<void, Error> GuardPhysicalKey(const RunArguments& arguments, const std::string& node);

/// The facts of the run for its report: versions, key, seed, how to repeat it.
std::vector<EventField> RunFacts(const RunArguments& arguments, const BenchOptions& bench);

}  // namespace keyrig::app
