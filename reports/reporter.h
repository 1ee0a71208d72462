#pragma once

#include <filesystem>
#include <iosfwd>
#include <memory>

#include "harness/base/event.h"
#include "harness/base/result.h"

/// Observers of a run. Each is made from nothing but the stream of events: run.started, then every
/// scenario's events, then run.finished.
namespace keyrig::reports {

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void Receive(const Event& event) = 0;
  /// Called once, after the last event.
  virtual Result<void, Error> Finish() = 0;
};

/// events.jsonl: what happened, one event a line, as it comes. Two runs that should be alike differ
/// in nothing here.
Result<std::unique_ptr<Reporter>, Error> JsonLinesReport(const std::filesystem::path& file);
/// times.jsonl: when, how long and what else is never alike, a line for each of events.jsonl.
Result<std::unique_ptr<Reporter>, Error> TimesReport(const std::filesystem::path& file);
/// JUnit XML, written at the end.
std::unique_ptr<Reporter> JunitReport(std::filesystem::path file);
/// One HTML file that needs nothing else, written at the end.
std::unique_ptr<Reporter> HtmlReport(std::filesystem::path file);

struct ConsoleStyle {
  bool color = false;
  /// Prints each step when it begins, and completes its line when it ends.
  bool interactive = false;
  /// Someone else writes to the terminal during a step: its result gets a line of its own.
  bool shared = false;
};
/// A line for each step as it happens, then the result.
std::unique_ptr<Reporter> ConsoleReport(std::ostream& out, ConsoleStyle style);

}  // namespace keyrig::reports
