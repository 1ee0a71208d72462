#pragma once

#include <optional>
#include <vector>

#include "virtual-key/authenticator/store.h"
#include "virtual-key/store/database.h"

/// What a key remembers, to and from the rows of schema.cc. Errors of reading say what is wrong
/// with the rows, those of writing are SQLite's words.
namespace keyrig::key_store {

/// The default state where there is none yet.
Result<authenticator::DeviceState, Error> ReadDevice(const Database& database);
/// Writes what differs from `before`.
Result<void, Error> WriteDevice(const Database& database, const authenticator::DeviceState& before,
                                const authenticator::DeviceState& now);

/// In order of creation.
Result<std::vector<authenticator::StoredCredential>, Error> ReadCredentials(
    const Database& database);
/// Replaces the one with the same id in its place, else adds.
Result<void, Error> WriteCredential(const Database& database,
                                    const authenticator::StoredCredential& credential);
Result<void, Error> EraseCredential(const Database& database, const CredentialId& id);

}  // namespace keyrig::key_store
