#pragma once

#include "harness/base/portable_credential.h"
#include "harness/base/result.h"
#include "virtual-key/authenticator/store.h"

namespace keyrig::virtual_key {

PortableCredential ToPortable(const authenticator::StoredCredential& credential,
                              std::uint32_t signature_counter);
/// An error where the private key cannot be read or is of another kind than its algorithm.
Result<authenticator::StoredCredential, Error> FromPortable(const PortableCredential& credential);

}  // namespace keyrig::virtual_key
