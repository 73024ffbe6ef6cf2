#include "experiments/process/bounded_text.hpp"

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>

namespace pathquant {

void BoundedText::add(std::string_view more) {
  total_ += more.size();
  const std::size_t begins = std::min(more.size(), kept - first_.size());
  first_.append(more.substr(0, begins));
  more.remove_prefix(begins);
  if (more.size() > kept) more.remove_prefix(more.size() - kept);
  last_.append(more);
  if (last_.size() > kept) last_.erase(0, last_.size() - kept);
}

std::string BoundedText::text() const {
  std::string all = first_ + (total_ > first_.size() + last_.size() ? " [...] " : "") + last_;
  boost::trim(all);
  return all;
}

}  // namespace pathquant
