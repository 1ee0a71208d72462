#pragma once

#include "harness/base/bytes.h"
#include "virtual-key/authenticator/state.h"
#include "virtual-key/authenticator/status.h"

/// The commands of CTAP 2.1 §6, each in a file of its own. They take the CBOR after the command
/// byte and give the CBOR after the status byte, or the status of a failure.
namespace keyrig::authenticator {

Outcome<Bytes> MakeCredential(State& state, ByteView parameters, const Transaction& transaction);
Outcome<Bytes> GetAssertion(State& state, ByteView parameters, const Transaction& transaction);
Outcome<Bytes> GetNextAssertion(State& state, const Transaction& transaction);
Outcome<Bytes> GetInfo(const State& state);
Outcome<Bytes> ClientPin(State& state, ByteView parameters, const Transaction& transaction);
Outcome<Bytes> Reset(State& state, const Transaction& transaction);
Outcome<Bytes> CredentialManagement(State& state, ByteView parameters,
                                    const Transaction& transaction);
Outcome<Bytes> LargeBlobs(State& state, ByteView parameters, const Transaction& transaction);
Outcome<Bytes> BioEnrollment(State& state, ByteView parameters, const Transaction& transaction);
Outcome<Bytes> Config(State& state, ByteView parameters);
Outcome<Bytes> Selection(State& state, const Transaction& transaction);

}  // namespace keyrig::authenticator
