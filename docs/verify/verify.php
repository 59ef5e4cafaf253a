<?php

// $headers by name in lower case, $body the bytes as they came: file_get_contents("php://input").
function verify(string $secret, array $headers, string $body): bool
{
    $key = str_starts_with($secret, "whsec_") ? base64_decode(substr($secret, 6)) : $secret;
    $id = $headers["webhook-id"] ?? "";
    $timestamp = $headers["webhook-timestamp"] ?? "";
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $wanted = "v1," . base64_encode(hash_hmac("sha256", "$id.$timestamp.$body", $key, true));
    foreach (explode(" ", $headers["webhook-signature"] ?? "") as $signature) {
        if (hash_equals($wanted, $signature)) {
            return true;
        }
    }
    return false;
}
