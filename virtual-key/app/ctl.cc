#include "virtual-key/app/ctl.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "virtual-key/control/line_socket.h"
#include "virtual-key/control/socket_key_control.h"

namespace keyrig::app {

using nlohmann::json;

Ctl::Ctl(CLI::App& app)
    : command_(app.add_subcommand("ctl", "Steer a running virtual key by its control socket")) {
  command_->add_option("--control", control_, "The socket of the running key")->required();
  command_->add_option("--key", key_, "Which key, from 1, where the process has several");
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
  command_->add_subcommand("fault", "Make the key misbehave")
      ->add_option("fault", fault_,
                   "NAME[=ARGUMENT] [once|N times|always], as virtual-key faults lists them")
      ->required();
  command_->add_subcommand("clear-faults", "Let the key behave again");
  command_->add_subcommand("state", "Print the key's state as JSON");
  command_->add_subcommand("keys", "Print the states of all keys as JSON");
  command_->add_subcommand("events",
                           "Print the key's events, one JSON object a line, as they come");
  CLI::App* const journal = command_->add_subcommand(
      "journal", "Print what passed on the key's wire: each transaction decoded, or the packets");
  journal->add_flag("--follow", follow_, "Go on with what comes, until the key ends");
  journal
      ->add_option("--format", journal_format_,
                   "text, to watch; jsonl, a JSON object a line, to keep; pcapng, for Wireshark")
      ->check(CLI::IsMember({"text", "jsonl", "pcapng"}))
      ->capture_default_str();
  command_->add_subcommand("credentials", "Print the credentials that the key keeps, as JSON");
  command_->add_subcommand(
      "export", "Print them with their private keys, as import takes them: keep it safe");
  command_->add_subcommand("import", "Add the credentials of a file that export has written")
      ->add_option("file", file_, "JSON: one credential, or a list of them")
      ->required();
  command_->add_subcommand("remove-credential", "Forget a credential")
      ->add_option("id", credential_, "Its credentialId, in base64url")
      ->required();
  command_->add_subcommand("remove-all-credentials", "Forget all credentials");
  command_->add_subcommand("set-user-verified", "Say with which finger the user comes from now on")
      ->add_option("verified", verified_, "true: an enrolled one; false: another")
      ->required();
  command_->add_subcommand("attestation-root", "Print the certificate that attestation chains to");
}

Result<void, Error> Ctl::Run() const {
  const std::string verb = command_->get_subcommands().front()->get_name();
  if (verb == "state") return PrintState();
  if (verb == "keys") return PrintKeys();
  if (verb == "events") return PrintEvents();
  if (verb == "journal") return PrintJournal();
  if (verb == "attestation-root") return PrintAttestationRoot();
  if (verb == "credentials") return PrintCredentials(/*with_secrets=*/false);
  if (verb == "export") return PrintCredentials(/*with_secrets=*/true);
  if (verb == "import") return Import();
  json request{{"verb", verb}};
  if (verb == "remove-credential") request["credentialId"] = credential_;
  if (verb == "set-user-verified") request["isUserVerified"] = verified_;
  if (command_->get_subcommands().front()->get_option_no_throw("--expiry") != nullptr) {
    request["expiry"] = expiry_;
  }
  if (verb == "finger") request["name"] = finger_;
  if (verb == "hold") request["for"] = hold_;
  if (verb == "gesture" || verb == "give") request["gesture"] = gesture_;
  if (verb == "advance") request["by"] = by_;
  if (verb == "fault") request["fault"] = fault_;
  TRY(control::SocketKeyControl(control_, key_).Ask(request));
  return {};
}

Result<void, Error> Ctl::PrintState() const {
  const json answer = TRY(control::SocketKeyControl(control_, key_).Ask({{"verb", "state"}}));
  std::printf("%s\n", answer.value("state", json()).dump(2).c_str());
  return {};
}

Result<void, Error> Ctl::PrintKeys() const {
  const json answer = TRY(control::SocketKeyControl(control_).Ask({{"verb", "keys"}}));
  std::printf("%s\n", answer.value("keys", json()).dump(2).c_str());
  return {};
}

Result<void, Error> Ctl::PrintCredentials(bool with_secrets) const {
  const json answer =
      TRY(control::SocketKeyControl(control_, key_).Ask({{"verb", "get-credentials"}}));
  json list = answer.value("credentials", json::array());
  if (!with_secrets) {
    for (json& credential : list) {
      credential.erase("privateKey");
      for (const char* secret : {"hmacSecretWithUv", "hmacSecretWithoutUv", "largeBlobKey"}) {
        credential["keyrig"].erase(secret);
      }
    }
  }
  std::printf("%s\n", list.dump(2).c_str());
  return {};
}

Result<void, Error> Ctl::Import() const {
  std::ifstream stream(file_);
  if (!stream) return Fail("cannot read " + file_.string());
  json list = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (list.is_discarded()) return Fail(file_.string() + " is no JSON");
  if (!list.is_array()) list = json::array({list});
  std::size_t number = 0;
  for (const json& credential : list) {
    ++number;
    const auto added = control::SocketKeyControl(control_, key_)
                           .Ask({{"verb", "add-credential"}, {"credential", credential}});
    if (!added) {
      return Fail(file_.string() + ": credential " + std::to_string(number) + " of " +
                  std::to_string(list.size()) + ": " + added.error().message +
                  "; those before it were added");
    }
  }
  std::printf("imported %zu\n", number);
  return {};
}

Result<void, Error> Ctl::PrintAttestationRoot() const {
  const std::string pem = TRY(control::SocketKeyControl(control_, key_).AttestationRoot());
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

Result<void, Error> Ctl::PrintJournal() const {
  if (journal_format_ == "pcapng" && ::isatty(STDOUT_FILENO) == 1) {
    return Fail(
        "pcapng is not for a terminal; send it to a file (> key.pcapng) or to a program "
        "(| wireshark -k -i -)");
  }
  control::LineSocket socket = TRY(control::LineSocket::Connect(control_));
  json request{{"verb", "journal"}, {"format", journal_format_}, {"follow", follow_}};
  if (key_) request["key"] = *key_;
  socket.WriteLine(request.dump());
  const json answer = json::parse(socket.ReadLine().value_or(""), nullptr,
                                  /*allow_exceptions=*/false);
  if (!answer.is_object()) return Fail("the virtual key ended without an answer");
  if (const auto error = answer.find("error"); error != answer.end()) return Fail(error->dump());
  while (const auto piece = socket.ReadSome()) {
    if (std::fwrite(piece->data(), 1, piece->size(), stdout) != piece->size() ||
        std::fflush(stdout) != 0) {
      return Fail(std::string("cannot print the journal: ") + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace keyrig::app
