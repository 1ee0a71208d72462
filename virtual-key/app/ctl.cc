#include "virtual-key/app/ctl.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "virtual-key/control/line_socket.h"
#include "virtual-key/control/socket_key_control.h"

namespace keyrig::app {

using nlohmann::json;

Ctl::Ctl(CLI::App& app)
    : command_(app.add_subcommand("ctl", "Steer a running virtual key by its control socket")) {
  command_->add_option("--control", control_, "The socket of the running key")->required();
  command_->require_subcommand(0, 1);
  const auto add_act = [&](const char* verb, const std::string& what) {
    CLI::App* const act =
        command_->add_subcommand(verb, what + " once it asks; done when that has happened");
    act->add_option("--expiry", expiry_, "How long to wait for the key to ask")
        ->capture_default_str();
    return act;
  };
  add_act("touch", "Touch the key");
  add_act("decline", "Decline");
  add_act("finger", "Touch with a certain finger")
      ->add_option("name", finger_, "Which finger, in one word")
      ->required();
  add_act("wrong-finger", "Touch with a finger that is never enrolled");
  add_act("hold", "Touch for some time")->add_option("for", hold_, "6s, 500ms, …")->required();
  add_act("give", "Do what a gesture says")
      ->add_option("gesture", gesture_,
                   "As of gesture: \"sample too-fast\", \"finger NAME hold 6s\"")
      ->required();
  command_->add_subcommand("gesture", "Set what happens at each later prompt")
      ->add_option("gesture", gesture_,
                   "touch, \"touch after 250ms\", \"hold 6s\", \"finger NAME\", \"wrong finger\", "
                   "\"sample too-fast\", decline, never or manual")
      ->required();
  command_->add_subcommand("unplug", "Remove the device");
  command_->add_subcommand("plug", "Put the device back; done when its node is there");
  command_->add_subcommand("power-cycle", "Unplug and plug");
  command_->add_subcommand("advance", "Turn the key's clock forward")
      ->add_option("by", by_, "250ms, 40s, 2m or 1h")
      ->required();
  command_->add_subcommand("state", "Print the key's state as JSON");
  command_->add_subcommand("events",
                           "Print the key's events, one JSON object a line, as they come");
  command_->add_subcommand("attestation-root", "Print the certificate that attestation chains to");
}

Result<void, Error> Ctl::Run() const {
  const std::string verb = command_->get_subcommands().front()->get_name();
  if (verb == "state") return PrintState();
  if (verb == "events") return PrintEvents();
  if (verb == "attestation-root") return PrintAttestationRoot();
  json request{{"verb", verb}};
  if (command_->get_subcommands().front()->get_option_no_throw("--expiry") != nullptr) {
    request["expiry"] = expiry_;
  }
  if (verb == "finger") request["name"] = finger_;
  if (verb == "hold") request["for"] = hold_;
  if (verb == "gesture" || verb == "give") request["gesture"] = gesture_;
  if (verb == "advance") request["by"] = by_;
  TRY(control::SocketKeyControl(control_).Ask(request));
  return {};
}

Result<void, Error> Ctl::PrintState() const {
  const json answer = TRY(control::SocketKeyControl(control_).Ask({{"verb", "state"}}));
  std::printf("%s\n", answer.value("state", json()).dump(2).c_str());
  return {};
}

Result<void, Error> Ctl::PrintAttestationRoot() const {
  const std::string pem = TRY(control::SocketKeyControl(control_).AttestationRoot());
  std::fputs(pem.c_str(), stdout);
  return {};
}

Result<void, Error> Ctl::PrintEvents() const {
  control::LineSocket socket = TRY(control::LineSocket::Connect(control_));
  socket.WriteLine(R"({"verb": "events"})");
  while (const auto line = socket.ReadLine()) {
    const json answer = json::parse(*line, nullptr, /*allow_exceptions=*/false);
    if (const auto error = answer.find("error"); answer.is_object() && error != answer.end()) {
      return Fail(error->dump());
    }
    if (!answer.contains("event")) continue;
    std::printf("%s\n", answer.at("event").dump().c_str());
    std::fflush(stdout);
  }
  return {};
}

}  // namespace keyrig::app
