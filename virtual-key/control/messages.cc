#include "virtual-key/control/messages.h"

#include <nlohmann/json.hpp>

namespace keyrig::control {
namespace {

using nlohmann::json;

json FieldsJson(const std::vector<EventField>& fields) {
  json list = json::array();
  for (const EventField& field : fields) {
    json entry{{"name", field.name}, {"value", field.value}};
    if (field.secret) entry["secret"] = true;
    list.push_back(std::move(entry));
  }
  return list;
}

/// Reads members of one object, noting whether any was missing or of another type.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object), fits_(object.is_object()) {}

  template <typename T>
  void Read(const char* name, T& to) {
    if (!fits_ || !object_.contains(name)) {
      fits_ = false;
    } else {
      Convert(object_.at(name), to);
    }
  }
  template <typename T>
  void ReadIfThere(const char* name, T& to) {
    if (fits_ && object_.contains(name)) Read(name, to);
  }
  bool Fits() const { return fits_; }

 private:
  void Convert(const json& value, std::string& to) {
    if (const auto* text = value.get_ptr<const std::string*>()) {
      to = *text;
    } else {
      fits_ = false;
    }
  }
  void Convert(const json& value, bool& to) {
    if (const auto* flag = value.get_ptr<const bool*>()) {
      to = *flag;
    } else {
      fits_ = false;
    }
  }
  template <std::integral T>
  void Convert(const json& value, T& to) {
    if (value.is_number_integer()) {
      to = value.get<T>();
    } else {
      fits_ = false;
    }
  }
  void Convert(const json& value, std::vector<std::string>& to) {
    if (!value.is_array()) fits_ = false;
    if (!fits_) return;
    for (const json& entry : value) Convert(entry, to.emplace_back());
  }
  void Convert(const json& value, std::vector<EventField>& to) {
    if (!value.is_array()) fits_ = false;
    if (!fits_) return;
    for (const json& entry : value) {
      Reader reader(entry);
      EventField field;
      reader.Read("name", field.name);
      reader.Read("value", field.value);
      reader.ReadIfThere("secret", field.secret);
      fits_ = fits_ && reader.Fits();
      to.push_back(std::move(field));
    }
  }

  const json& object_;
  bool fits_;
};

}  // namespace

json ToJson(const Event& event) {
  json object{{"source", event.source},
              {"ordinal", event.ordinal},
              {"kind", event.kind},
              {"fields", FieldsJson(event.fields)},
              {"at_us", event.at.time_since_epoch().count()}};
  if (event.took != Duration{0}) object["took_us"] = event.took.count();
  if (!event.beside.empty()) object["beside"] = FieldsJson(event.beside);
  return object;
}

Result<Event, Error> EventFrom(const json& object) {
  Reader reader(object);
  Event event;
  Duration::rep at = 0;
  Duration::rep took = 0;
  reader.Read("source", event.source);
  reader.Read("ordinal", event.ordinal);
  reader.Read("kind", event.kind);
  reader.Read("fields", event.fields);
  reader.Read("at_us", at);
  reader.ReadIfThere("took_us", took);
  reader.ReadIfThere("beside", event.beside);
  if (!reader.Fits()) return Fail("not an event: " + object.dump());
  event.at = Instant(Duration(at));
  event.took = Duration(took);
  return event;
}

json ToJson(const KeyStateReport& state) {
  json object{{"plugged", state.plugged},
              {"awaiting_touch", state.awaiting_touch},
              {"awaiting_finger", state.awaiting_finger},
              {"pin_set", state.pin_set},
              {"pin_retries", state.pin_retries},
              {"uv_retries", state.uv_retries},
              {"fingers", state.fingers},
              {"discoverable_credentials", state.discoverable_credentials},
              {"aaguid", state.aaguid},
              {"device_node", state.device_node},
              {"gesture", state.gesture.Text()},
              {"faults", state.faults}};
  if (state.awaiting_since) {
    object["awaiting_since_us"] = state.awaiting_since->time_since_epoch().count();
  }
  return object;
}

Result<KeyStateReport, Error> StateFrom(const json& object) {
  Reader reader(object);
  KeyStateReport state;
  std::string gesture;
  reader.Read("plugged", state.plugged);
  reader.Read("awaiting_touch", state.awaiting_touch);
  reader.Read("awaiting_finger", state.awaiting_finger);
  Duration::rep since = 0;
  reader.ReadIfThere("awaiting_since_us", since);
  if (since != 0) state.awaiting_since = Instant(Duration(since));
  reader.Read("pin_set", state.pin_set);
  reader.Read("pin_retries", state.pin_retries);
  reader.Read("uv_retries", state.uv_retries);
  reader.Read("fingers", state.fingers);
  reader.Read("discoverable_credentials", state.discoverable_credentials);
  reader.Read("aaguid", state.aaguid);
  reader.Read("device_node", state.device_node);
  reader.Read("gesture", gesture);
  reader.Read("faults", state.faults);
  if (!reader.Fits()) return Fail("not the state of a key: " + object.dump());
  state.gesture = TRY(GestureScript::Parse(gesture));
  return state;
}

}  // namespace keyrig::control
