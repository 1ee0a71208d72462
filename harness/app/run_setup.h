#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/app/bench.h"
#include "harness/app/catalogue.h"
#include "harness/app/run_command.h"
#include "harness/app/temporary_folder.h"

namespace keyrig::app {

/// A run whose arguments were understood.
struct RunSetup {
  Catalogue catalogue;
  std::vector<const scenario::Scenario*> selected;
  std::unique_ptr<TemporaryFolder> folder;   // made with the common parts
  std::unique_ptr<device::Operator> person;  // hid: only
  BenchOptions bench;
};

/// The folder of the running program, where its companions are.
std::filesystem::path ProgramFolder();
/// Who handles a physical key: "prompt" or "exec:COMMAND".
Result<std::unique_ptr<device::Operator>, Error> MakeOperator(const std::string& text);

/// An error says what is wrong with the arguments.
Result<RunSetup, Error> SetUp(const RunArguments& arguments);

/// Makes what all scenarios of the run share: a folder, certificates, the service's signing key.
Result<void, Error> MakeCommonParts(RunSetup& setup);

/// Looks at a physical key before anything is done to it; an error says why it is not used. Says
/// whether it has a PIN.
Result<bool, Error> GuardPhysicalKey(const RunArguments& arguments, const device::DeviceSpec& spec);

/// The facts of the run for its report: versions, key, seed, how to repeat it.
std::vector<EventField> RunFacts(const RunArguments& arguments, const BenchOptions& bench);

}  // namespace keyrig::app
