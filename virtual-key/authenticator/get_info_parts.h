#pragma once

#include "harness/base/cbor.h"
#include "virtual-key/authenticator/state.h"

/// getInfo (CTAP 2.3 §6.4), put together by topic.
namespace keyrig::authenticator {

/// An answer in the making. Empty ones of the first two are left out of it.
struct Info {
  cbor::Array extensions;  // member 0x02
  cbor::Map options;       // member 0x04
  cbor::Map members;       // all others, in any order
};

/// Who may use the key and how that is found out: PIN, built-in user verification,
/// authenticatorConfig, reset.
void AddUserVerificationInfo(const State& state, Info& info);
/// What credentials are kept and what they carry: discoverable ones, large blobs, extensions,
/// encrypted identifiers.
void AddCredentialInfo(const State& state, Info& info);

}  // namespace keyrig::authenticator
