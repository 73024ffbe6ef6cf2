#include "experiments/engine/remote_checkpoint.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>

#include "experiments/json_text.hpp"

#include <sys/socket.h>

namespace pathquant {
namespace {

// A message is its length, its first letter that says what it is, and a text. Requests: f part; k part\0content.
// Answers: y (kept), c content (found), n (not found), e reason.

bool send_all(int socket, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket, data, size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool receive_all(int socket, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::recv(socket, data, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool send_message(int socket, const std::string& text) {
  const std::uint64_t size = text.size();
  return send_all(socket, reinterpret_cast<const char*>(&size), sizeof(size)) &&
         send_all(socket, text.data(), text.size());
}

// Nothing when the other process has gone; a message is never empty.
std::optional<std::string> receive_message(int socket) {
  std::uint64_t size = 0;
  if (!receive_all(socket, reinterpret_cast<char*>(&size), sizeof(size))) return std::nullopt;
  std::string text(size, '\0');
  if (size == 0 || !receive_all(socket, text.data(), text.size())) return std::nullopt;
  return text;
}

std::string answer(const std::string& request, Checkpoint& checkpoint) {
  try {
    if (request.front() == 'f') {
      const auto content = checkpoint.find(request.substr(1));
      return content ? fmt::format("c{}", to_json(*content)) : "n";
    }
    const std::size_t end = request.find('\0');
    checkpoint.keep(request.substr(1, end - 1), nlohmann::json::parse(request.substr(end + 1)));
    return "y";
  } catch (const std::exception& error) {
    return std::string("e") + error.what();
  }
}

}  // namespace

std::string RemoteCheckpoint::ask(const std::string& question) const {
  const auto answer = send_message(socket_, question) ? receive_message(socket_) : std::nullopt;
  if (!answer) throw std::runtime_error("the process that keeps the parts of this task has ended");
  if (answer->front() == 'e') throw std::runtime_error(answer->substr(1));
  return *answer;
}

std::optional<nlohmann::json> RemoteCheckpoint::find(const std::string& part) const {
  const std::string answer = ask("f" + part);
  return answer.front() == 'c' ? std::optional(nlohmann::json::parse(answer.substr(1))) : std::nullopt;
}

void RemoteCheckpoint::keep(const std::string& part, const nlohmann::json& content) {
  ask("k" + part + '\0' + to_json(content));
}

bool answer_checkpoint_request(int socket, Checkpoint& checkpoint) {
  const auto request = receive_message(socket);
  return request && send_message(socket, answer(*request, checkpoint));
}

}  // namespace pathquant
