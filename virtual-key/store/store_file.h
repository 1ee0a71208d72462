#pragma once

#include <filesystem>
#include <string>

#include "virtual-key/store/database.h"

namespace keyrig::key_store {

/// Opens a key's memory for this process alone, with the newest schema, or makes an empty one. The
/// errors name the file and say what to do.
Result<Database, Error> OpenStoreFile(const std::filesystem::path& file);

Error Damaged(const std::filesystem::path& file, const std::string& how);

}  // namespace keyrig::key_store
