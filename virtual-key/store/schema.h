#pragma once

#include <cstdint>
#include <span>

#include "virtual-key/store/database.h"

namespace keyrig::key_store {

/// What SQLite's application_id says of a file that is a key's memory: "keyr".
inline constexpr std::int64_t kApplicationId = 0x6B657972;

/// The steps from each version of the schema to the next, the first from nothing. A file's
/// user_version is how many it has had.
std::span<const char* const> SchemaSteps();

/// Takes the steps that a file lacks, all or none.
Result<void, Error> Migrate(const Database& database);

}  // namespace keyrig::key_store
