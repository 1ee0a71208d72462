#include "virtual-key/control/journal_stream.h"

#include <nlohmann/json.hpp>

namespace keyrig::control {

Result<ChosenJournal, VerbError> ChooseJournal(const ControlTargets& targets,
                                               nlohmann::json parameters) {
  ChosenJournal chosen;
  chosen.journal = TRY(ChooseKey(targets, parameters))->journal;
  for (const auto& [name, value] : parameters.items()) {
    if (name == "format") {
      const auto* const text = value.get_ptr<const std::string*>();
      const auto format = text ? journal::FormatOf(*text) : std::nullopt;
      if (!format) return Fail("\"format\" must be \"text\", \"jsonl\" or \"pcapng\"");
      chosen.format = *format;
    } else if (name == "follow") {
      if (!value.is_boolean()) return Fail("\"follow\" must be true or false");
      chosen.follow = value.get<bool>();
    } else {
      return Fail("\"" + name + "\" is not a parameter of this verb");
    }
  }
  if (chosen.journal == nullptr) return Fail("this key keeps no journal");
  return chosen;
}

}  // namespace keyrig::control
