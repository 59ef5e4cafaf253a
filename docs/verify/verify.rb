require "base64"
require "openssl"

# `headers` by name in lower case, `body` the bytes as they came, before any parsing.
def verify(secret, headers, body)
  key = secret.start_with?("whsec_") ? Base64.decode64(secret.delete_prefix("whsec_")) : secret
  id, timestamp = headers["webhook-id"].to_s, headers["webhook-timestamp"].to_s
  return false unless timestamp.match?(/\A\d+\z/) && (Time.now.to_i - timestamp.to_i).abs <= 300

  wanted = "v1," + Base64.strict_encode64(OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.#{body}"))
  headers["webhook-signature"].to_s.split(" ").any? { |one| OpenSSL.secure_compare(one, wanted) }
end
