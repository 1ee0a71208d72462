#include <algorithm>

#include "virtual-key/store/rows.h"

namespace keyrig::key_store {
namespace {

using authenticator::DeviceState;
using authenticator::FingerTemplate;

template <std::size_t N>
bool ReadOptional(Statement& row, std::optional<ByteArray<N>>& to) {
  if (row.IsNull()) {
    row.Skip();
    return true;
  }
  return row.Blob(to.emplace());
}

template <typename T>
void ReadOptional(Statement& row, std::optional<T>& to) {
  if (row.IsNull()) {
    row.Skip();
  } else {
    to = static_cast<T>(row.Integer());
  }
}

bool SameFingers(const std::vector<FingerTemplate>& a, const std::vector<FingerTemplate>& b) {
  return std::ranges::equal(a, b, [](const FingerTemplate& left, const FingerTemplate& right) {
    return left.id == right.id && left.name == right.name && left.finger == right.finger;
  });
}

Result<void, Error> WriteFingers(const Database& database,
                                 const std::vector<FingerTemplate>& fingers) {
  TRY(database.Execute("DELETE FROM finger"));
  for (const FingerTemplate& finger : fingers) {
    TRY(database.Prepare("INSERT INTO finger (id, name, finger) VALUES (?, ?, ?)")
            .Bind(finger.id)
            .Bind(finger.name)
            .Bind(finger.finger)
            .Run());
  }
  return {};
}

Result<void, Error> WriteRpIds(const Database& database, const std::vector<std::string>& rp_ids) {
  TRY(database.Execute("DELETE FROM min_pin_length_rp"));
  for (const std::string& rp_id : rp_ids) {
    TRY(database.Prepare("INSERT INTO min_pin_length_rp (rp_id) VALUES (?)").Bind(rp_id).Run());
  }
  return {};
}

}  // namespace

Result<DeviceState, Error> ReadDevice(const Database& database) {
  DeviceState state;
  Statement row = database.Prepare(
      "SELECT pin_hash, pin_code_points, pin_retries, signature_counter, next_created, "
      "wrapping_key, identifier, store_state, persistent_token, uv_retries, uv_count_since_pin, "
      "min_pin_length, force_pin_change, pin_complexity_policy, always_uv, enterprise_attestation, "
      "long_touch_for_reset, initialized, aaguid, attestation_seed FROM device");
  if (!TRY(row.Step())) return state;
  bool fits = ReadOptional(row, state.pin_hash);
  state.pin_code_points = static_cast<std::uint32_t>(row.Integer());
  state.pin_retries = static_cast<std::uint8_t>(row.Integer());
  state.signature_counter = static_cast<std::uint32_t>(row.Integer());
  state.next_created = static_cast<std::uint64_t>(row.Integer());
  fits = row.Blob(state.wrapping_key) && fits;
  fits = row.Blob(state.identifier) && fits;
  fits = row.Blob(state.store_state) && fits;
  fits = ReadOptional(row, state.persistent_token) && fits;
  state.uv_retries = static_cast<std::uint8_t>(row.Integer());
  state.uv_count_since_pin = static_cast<std::uint32_t>(row.Integer());
  ReadOptional(row, state.min_pin_length);
  state.force_pin_change = row.Integer() != 0;
  state.pin_complexity_policy = row.Integer() != 0;
  ReadOptional(row, state.always_uv);
  state.enterprise_attestation = row.Integer() != 0;
  state.long_touch_for_reset = row.Integer() != 0;
  state.initialized = row.Integer() != 0;
  std::optional<ByteArray<16>> aaguid;
  fits = ReadOptional(row, aaguid) && fits;
  if (aaguid) state.aaguid = Aaguid{*aaguid};
  fits = ReadOptional(row, state.attestation_seed) && fits;
  if (!fits) return Fail("a secret of the device has another length than it must");

  Statement fingers = database.Prepare("SELECT id, name, finger FROM finger ORDER BY position");
  while (TRY(fingers.Step())) {
    FingerTemplate& finger = state.fingers.emplace_back();
    finger.id = fingers.Blob();
    finger.name = fingers.Text();
    finger.finger = fingers.Text();
  }
  Statement rp_ids = database.Prepare("SELECT rp_id FROM min_pin_length_rp ORDER BY position");
  while (TRY(rp_ids.Step())) state.min_pin_length_rp_ids.push_back(rp_ids.Text());
  Statement large_blobs = database.Prepare("SELECT array FROM large_blobs");
  if (TRY(large_blobs.Step())) state.large_blobs = large_blobs.Blob();
  return state;
}

Result<void, Error> WriteDevice(const Database& database, const DeviceState& before,
                                const DeviceState& now) {
  std::optional<ByteArray<16>> aaguid;
  if (now.aaguid) aaguid = now.aaguid->bytes;
  TRY(database
          .Prepare("INSERT OR REPLACE INTO device VALUES "
                   "(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .BindOptional(now.pin_hash)
          .Bind(now.pin_code_points)
          .Bind(now.pin_retries)
          .Bind(now.signature_counter)
          .Bind(static_cast<std::int64_t>(now.next_created))
          .Bind(ByteView(now.wrapping_key))
          .Bind(ByteView(now.identifier))
          .Bind(ByteView(now.store_state))
          .BindOptional(now.persistent_token)
          .Bind(now.uv_retries)
          .Bind(now.uv_count_since_pin)
          .BindOptional(now.min_pin_length)
          .Bind(now.force_pin_change)
          .Bind(now.pin_complexity_policy)
          .BindOptional(now.always_uv)
          .Bind(now.enterprise_attestation)
          .Bind(now.long_touch_for_reset)
          .Bind(now.initialized)
          .BindOptional(aaguid)
          .BindOptional(now.attestation_seed)
          .Run());
  // The larger parts seldom change; a counter is written with every signature.
  if (!SameFingers(before.fingers, now.fingers)) TRY(WriteFingers(database, now.fingers));
  if (before.min_pin_length_rp_ids != now.min_pin_length_rp_ids) {
    TRY(WriteRpIds(database, now.min_pin_length_rp_ids));
  }
  if (before.large_blobs != now.large_blobs) {
    TRY(database.Prepare("INSERT OR REPLACE INTO large_blobs VALUES (1, ?)")
            .Bind(ByteView(now.large_blobs))
            .Run());
  }
  return {};
}

}  // namespace keyrig::key_store
