#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string_view>

#include "virtual-key/control/key_verbs.h"
#include "virtual-key/journal/journal.h"

namespace keyrig::control {

/// Instead of a verb: turns a connection into a file of a key's journal.
inline constexpr std::string_view kJournalVerb = "journal";

/// Which file that is: {"key": as of every verb, "format": "text", "jsonl" or "pcapng", "follow":
/// true or false}, all optional. Following, it goes on until the client closes or the key ends.
struct ChosenJournal {
  const journal::Journal* journal = nullptr;
  journal::Format format = journal::Format::kText;
  bool follow = false;

  /// As of Journal::Read.
  void Read(const std::stop_token& stop, const journal::Journal::Sink& sink) const {
    journal->Read(format, follow, stop, sink);
  }
};
/// An error names the member, or says that the key keeps none.
Result<ChosenJournal, VerbError> ChooseJournal(const ControlTargets& targets,
                                               nlohmann::json parameters);

}  // namespace keyrig::control
